// What vigie uses of NVML's binary interface (NVML API Reference; nvml.h of CUDA 11 to 13), declared by hand: Debian's
// main archive has no such header. Sizes and offsets are those of the header on 64-bit Linux. Functions are named with
// their version: the names without one are macros that changed their meaning.
#pragma once

#include <cstddef>
#include <cstdint>

namespace vigie::gpu::nvml {

struct DeviceOpaque;
using Device = DeviceOpaque*;
struct EventSetOpaque;
using EventSet = EventSetOpaque*;
struct GpmSampleOpaque;
using GpmSample = GpmSampleOpaque*;

/// nvmlReturn_t, as far as cases are told apart.
enum Return : int {
  success = 0,
  uninitialized = 1,
  invalid_argument = 2,
  not_supported = 3,
  no_permission = 4,
  not_found = 6,
  insufficient_size = 7,
  insufficient_power = 8,
  driver_not_loaded = 9,
  timeout = 10,
  library_not_found = 12,
  function_not_found = 13,
  gpu_is_lost = 15,
  reset_required = 16,
  version_mismatch = 18,
  no_data = 21,
  argument_version_mismatch = 25,
  unknown = 999,
};

struct PciInfo {
  char bus_id_legacy[16];
  unsigned domain, bus, device, pci_device_id, pci_subsystem_id;
  char bus_id[32];
};
static_assert(sizeof(PciInfo) == 68 && offsetof(PciInfo, bus_id) == 36);

struct Memory {
  unsigned long long total, free, used;
};
static_assert(sizeof(Memory) == 24);

struct MemoryV2 {
  unsigned version;
  unsigned long long total, reserved, free, used;
};
static_assert(sizeof(MemoryV2) == 40 && offsetof(MemoryV2, total) == 8);

/// NVML_STRUCT_VERSION: the size of a structure and the number of its version.
template <class Struct>
constexpr unsigned struct_version(unsigned number) {
  return static_cast<unsigned>(sizeof(Struct)) | number << 24U;
}
static_assert(struct_version<MemoryV2>(2) == 0x2000028);

struct Utilization {
  unsigned gpu, memory;
};

/// Of the functions without a suffix.
struct ProcessInfoV1 {
  unsigned pid;
  unsigned long long used_memory;
};
static_assert(sizeof(ProcessInfoV1) == 16);

/// Of the functions _v2 and _v3. Drivers 535.43 to 535.86 fill a larger one in _v3.
struct ProcessInfo {
  unsigned pid;
  unsigned long long used_memory;
  unsigned gpu_instance, compute_instance;  ///< 0xffffffff without MIG
};
static_assert(sizeof(ProcessInfo) == 24 && offsetof(ProcessInfo, gpu_instance) == 16);

inline constexpr unsigned long long not_available = ~0ULL;  ///< NVML_VALUE_NOT_AVAILABLE in a 64-bit field

struct ProcessUtilization {
  unsigned pid;
  unsigned long long timestamp;  ///< microseconds since the Unix epoch
  unsigned sm, memory, encoder, decoder;
};
static_assert(sizeof(ProcessUtilization) == 32 && offsetof(ProcessUtilization, sm) == 16);

union Value {
  double as_double;
  unsigned as_uint;
  unsigned long as_ulong;
  unsigned long long as_ulonglong;
  long long as_longlong;
  int as_int;
};

/// nvmlValueType_t
enum ValueType : int {
  type_double = 0,
  type_uint = 1,
  type_ulong = 2,
  type_ulonglong = 3,
  type_longlong = 4,
  type_int = 5
};

struct FieldValue {
  unsigned field, scope;
  long long timestamp, latency;
  int type;    ///< ValueType
  int result;  ///< Return: each field has one of its own
  Value value;
};
static_assert(sizeof(FieldValue) == 40 && offsetof(FieldValue, result) == 28 && offsetof(FieldValue, value) == 32);

/// NVML_FI_DEV_*. The counters of software and hardware slowdown are left out: their numbers are 251 to 253 in one
/// release and 269 to 271, which are power smoothing before, in another. Power and thermal violations (74, 75), which
/// count the same, have kept theirs.
enum Field : unsigned {
  field_power_violation_ns = 74,
  field_thermal_violation_ns = 75,
  field_memory_temperature = 82,
  field_nvlink_sent_kib = 138,
  field_nvlink_received_kib = 139,
  field_pcie_sent_bytes = 197,
  field_pcie_received_bytes = 198,
  field_nvlink5_sent_bytes = 202,
  field_nvlink5_received_bytes = 204,
  field_recovery_action = 230,
};
inline constexpr unsigned all_links = ~0U;  ///< scope of the NVLink fields: the sum

struct GpmMetric {
  unsigned id;
  int result;
  double value;
  const char* short_name;
  const char* long_name;
  const char* unit;
};
static_assert(sizeof(GpmMetric) == 40 && offsetof(GpmMetric, value) == 8);

/// nvmlGpmMetricsGet_t with as many metrics as any release has had and more: it grew under one version number.
struct GpmMetricsGet {
  unsigned version, count;
  GpmSample sample1, sample2;
  GpmMetric metrics[1024];
};
static_assert(offsetof(GpmMetricsGet, sample1) == 8 && offsetof(GpmMetricsGet, metrics) == 24);

enum Gpm : unsigned {
  gpm_graphics = 1,
  gpm_sm = 2,
  gpm_occupancy = 3,
  gpm_tensor = 5,
  gpm_dram = 10,
  gpm_pcie_sent_mib = 20,
  gpm_pcie_received_mib = 21,
  gpm_nvlink_received_mib = 60,
  gpm_nvlink_sent_mib = 61,
};

struct GpmSupport {
  unsigned version, supported;
};

struct EventData {
  Device device;
  unsigned long long type, data;
  unsigned gpu_instance, compute_instance;
};
static_assert(sizeof(EventData) == 32);
inline constexpr unsigned long long event_xid = 8;

enum Clock : int { clock_graphics = 0, clock_sm = 1, clock_memory = 2 };
enum TemperatureThreshold : int { threshold_slowdown = 1 };
enum MemoryError : int { error_corrected = 0, error_uncorrected = 1 };

/// nvmlClocksEventReasons
inline constexpr unsigned long long reason_power_cap = 0x4, reason_hardware = 0x8, reason_thermal = 0x20,
                                    reason_hot_hardware = 0x40, reason_power_brake = 0x80;

}  // namespace vigie::gpu::nvml
