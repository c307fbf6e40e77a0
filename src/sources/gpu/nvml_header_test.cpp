// What vigie declares of NVML against NVIDIA's own header, where that is installed (Debian's non-free libnvidia-ml-dev,
// CUDA's toolkit).
#include <gtest/gtest.h>

#include "sources/gpu/nvml_abi.hpp"

#if __has_include(<nvml.h>)
#include <nvml.h>

namespace vigie::gpu::nvml {
namespace {

template <class Ours, class Theirs>
constexpr bool alike = sizeof(Ours) == sizeof(Theirs) && alignof(Ours) == alignof(Theirs);
#define SAME_OFFSET(ours, our_member, theirs, their_member) \
  static_assert(offsetof(ours, our_member) == offsetof(theirs, their_member))

static_assert(alike<PciInfo, nvmlPciInfo_t>);
SAME_OFFSET(PciInfo, bus_id, nvmlPciInfo_t, busId);
SAME_OFFSET(PciInfo, domain, nvmlPciInfo_t, domain);
static_assert(alike<Memory, nvmlMemory_t>);
SAME_OFFSET(Memory, used, nvmlMemory_t, used);
static_assert(alike<MemoryV2, nvmlMemory_v2_t> && struct_version<MemoryV2>(2) == nvmlMemory_v2);
SAME_OFFSET(MemoryV2, reserved, nvmlMemory_v2_t, reserved);
SAME_OFFSET(MemoryV2, used, nvmlMemory_v2_t, used);
static_assert(alike<Utilization, nvmlUtilization_t>);
static_assert(alike<ProcessInfoV1, nvmlProcessInfo_v1_t> && alike<ProcessInfo, nvmlProcessInfo_t>);
SAME_OFFSET(ProcessInfo, used_memory, nvmlProcessInfo_t, usedGpuMemory);
SAME_OFFSET(ProcessInfo, gpu_instance, nvmlProcessInfo_t, gpuInstanceId);
static_assert(alike<ProcessUtilization, nvmlProcessUtilizationSample_t>);
SAME_OFFSET(ProcessUtilization, timestamp, nvmlProcessUtilizationSample_t, timeStamp);
SAME_OFFSET(ProcessUtilization, sm, nvmlProcessUtilizationSample_t, smUtil);
SAME_OFFSET(ProcessUtilization, decoder, nvmlProcessUtilizationSample_t, decUtil);
static_assert(alike<FieldValue, nvmlFieldValue_t> && alike<Value, nvmlValue_t>);
SAME_OFFSET(FieldValue, scope, nvmlFieldValue_t, scopeId);
SAME_OFFSET(FieldValue, type, nvmlFieldValue_t, valueType);
SAME_OFFSET(FieldValue, result, nvmlFieldValue_t, nvmlReturn);
SAME_OFFSET(FieldValue, value, nvmlFieldValue_t, value);
static_assert(alike<EventData, nvmlEventData_t>);
SAME_OFFSET(EventData, data, nvmlEventData_t, eventData);
static_assert(event_xid == nvmlEventTypeXidCriticalError);
static_assert(alike<GpmMetric, nvmlGpmMetric_t> && sizeof(GpmMetricsGet) >= sizeof(nvmlGpmMetricsGet_t));
SAME_OFFSET(GpmMetric, value, nvmlGpmMetric_t, value);
SAME_OFFSET(GpmMetricsGet, sample2, nvmlGpmMetricsGet_t, sample2);
SAME_OFFSET(GpmMetricsGet, metrics, nvmlGpmMetricsGet_t, metrics);
static_assert(alike<GpmSupport, nvmlGpmSupport_t>);

static_assert(unsigned{gpm_sm} == unsigned{NVML_GPM_METRIC_SM_UTIL} &&
              unsigned{gpm_occupancy} == unsigned{NVML_GPM_METRIC_SM_OCCUPANCY});
static_assert(unsigned{gpm_tensor} == unsigned{NVML_GPM_METRIC_ANY_TENSOR_UTIL} &&
              unsigned{gpm_dram} == unsigned{NVML_GPM_METRIC_DRAM_BW_UTIL});
static_assert(unsigned{gpm_pcie_sent_mib} == unsigned{NVML_GPM_METRIC_PCIE_TX_PER_SEC});
static_assert(unsigned{gpm_pcie_received_mib} == unsigned{NVML_GPM_METRIC_PCIE_RX_PER_SEC});
static_assert(unsigned{gpm_nvlink_received_mib} == unsigned{NVML_GPM_METRIC_NVLINK_TOTAL_RX_PER_SEC});
static_assert(unsigned{gpm_nvlink_sent_mib} == unsigned{NVML_GPM_METRIC_NVLINK_TOTAL_TX_PER_SEC});

static_assert(field_power_violation_ns == NVML_FI_DEV_PERF_POLICY_POWER);
static_assert(field_thermal_violation_ns == NVML_FI_DEV_PERF_POLICY_THERMAL);
static_assert(field_memory_temperature == NVML_FI_DEV_MEMORY_TEMP);
static_assert(field_nvlink_sent_kib == NVML_FI_DEV_NVLINK_THROUGHPUT_DATA_TX);
static_assert(field_nvlink_received_kib == NVML_FI_DEV_NVLINK_THROUGHPUT_DATA_RX);
#ifdef NVML_FI_DEV_PCIE_COUNT_TX_BYTES  // headers of CUDA 12
static_assert(field_pcie_sent_bytes == NVML_FI_DEV_PCIE_COUNT_TX_BYTES);
static_assert(field_pcie_received_bytes == NVML_FI_DEV_PCIE_COUNT_RX_BYTES);
#endif
#ifdef NVML_FI_DEV_GET_GPU_RECOVERY_ACTION
static_assert(field_recovery_action == NVML_FI_DEV_GET_GPU_RECOVERY_ACTION);
#endif

static_assert(int{success} == NVML_SUCCESS && int{not_supported} == NVML_ERROR_NOT_SUPPORTED);
static_assert(int{no_permission} == NVML_ERROR_NO_PERMISSION && int{not_found} == NVML_ERROR_NOT_FOUND);
static_assert(int{insufficient_size} == NVML_ERROR_INSUFFICIENT_SIZE && int{gpu_is_lost} == NVML_ERROR_GPU_IS_LOST);
static_assert(int{driver_not_loaded} == NVML_ERROR_DRIVER_NOT_LOADED);
static_assert(int{version_mismatch} == NVML_ERROR_LIB_RM_VERSION_MISMATCH);
static_assert(int{clock_sm} == NVML_CLOCK_SM && int{clock_memory} == NVML_CLOCK_MEM);
static_assert(int{threshold_slowdown} == NVML_TEMPERATURE_THRESHOLD_SLOWDOWN);
static_assert(int{error_uncorrected} == NVML_MEMORY_ERROR_TYPE_UNCORRECTED);
static_assert(reason_power_cap == nvmlClocksThrottleReasonSwPowerCap);
static_assert(reason_hardware == nvmlClocksThrottleReasonHwSlowdown);
static_assert(reason_thermal == nvmlClocksThrottleReasonSwThermalSlowdown);
static_assert(reason_hot_hardware == nvmlClocksThrottleReasonHwThermalSlowdown);
static_assert(reason_power_brake == nvmlClocksThrottleReasonHwPowerBrakeSlowdown);

TEST(NvmlHeader, DeclaresWhatVigieDeclares) {
  SUCCEED() << "compared while this was compiled";
}

}  // namespace
}  // namespace vigie::gpu::nvml
#else
TEST(NvmlHeader, DeclaresWhatVigieDeclares) {
  GTEST_SKIP() << "nvml.h is not installed here (NVIDIA's; Debian has it in non-free as libnvidia-ml-dev)";
}
#endif
