// What the items of the checklist share.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/cgroup.hpp"
#include "rules/check/check.hpp"
#include "rules/check/thresholds.hpp"

namespace vigie::rules {

/// One frame and the subject that it is judged for, with the facts at hand.
class CheckCase {
 public:
  CheckCase(const Frame& frame, const CheckSubject& subject);

  [[nodiscard]] const Frame& frame() const { return frame_; }
  [[nodiscard]] const HostSample& host() const { return frame_.snapshot->host; }
  [[nodiscard]] const std::vector<std::size_t>& processes() const { return subject_.processes; }
  [[nodiscard]] const CheckPlaces& places() const { return subject_.places; }
  /// The file system that a path of the subject lies in, as the subject sees it: in a container that container's.
  [[nodiscard]] const MountSample* mount_of(std::string_view path) const;
  /// The control group whose limits count.
  [[nodiscard]] const Reading<CgroupSample>& group() const { return group_; }
  /// Its rates; nullptr without a group.
  [[nodiscard]] const CgroupRates* group_rates() const { return group_rates_; }
  /// CPUs that may be used at once; 0 when not known.
  [[nodiscard]] double cpus() const { return cpus_; }

 private:
  const Frame& frame_;
  const CheckSubject& subject_;
  Reading<CgroupSample> group_ = Presence::unsupported;
  const CgroupRates* group_rates_ = nullptr;
  double cpus_ = 0;
};

/// An item judged by bounds. `advice` is for a value out of bounds, `fact` for one within them.
[[nodiscard]] CheckItem judged(std::string_view id, Reading<double> value, std::string_view unit,
                               const check_thresholds::Bounds& bounds, std::string fact, const std::string& advice);

[[nodiscard]] CheckStatus status_of(double value, const check_thresholds::Bounds& bounds);

using CheckRule = std::optional<CheckItem> (*)(const CheckCase&);

// Host.
std::optional<CheckItem> check_cpu_busy(const CheckCase& facts);
std::optional<CheckItem> check_cpu_iowait(const CheckCase& facts);
std::optional<CheckItem> check_load(const CheckCase& facts);
std::optional<CheckItem> check_cpu_pressure(const CheckCase& facts);
std::optional<CheckItem> check_memory_available(const CheckCase& facts);
std::optional<CheckItem> check_memory_pressure(const CheckCase& facts);
std::optional<CheckItem> check_swap_used(const CheckCase& facts);
std::optional<CheckItem> check_io_pressure(const CheckCase& facts);
std::optional<CheckItem> check_zombies(const CheckCase& facts);
std::optional<CheckItem> check_disk_sleepers(const CheckCase& facts);
// Devices.
std::optional<CheckItem> check_cpu_system(const CheckCase& facts);
std::optional<CheckItem> check_swap_traffic(const CheckCase& facts);
std::optional<CheckItem> check_oom_kills(const CheckCase& facts);
std::optional<CheckItem> check_disk_busy(const CheckCase& facts);
std::optional<CheckItem> check_disk_await(const CheckCase& facts);
std::optional<CheckItem> check_space_cwd(const CheckCase& facts);
std::optional<CheckItem> check_space_state(const CheckCase& facts);
std::optional<CheckItem> check_space_tmp(const CheckCase& facts);
std::optional<CheckItem> check_space_shm(const CheckCase& facts);
std::optional<CheckItem> check_temperature(const CheckCase& facts);
std::optional<CheckItem> check_network(const CheckCase& facts);
// GPUs: none where there is none, or none that the target is on.
std::vector<CheckItem> check_gpus(const CheckCase& facts);
/// A driver that is there and could not be asked; none otherwise.
std::optional<CheckItem> check_gpu_driver(const CheckCase& facts);
// Control group.
std::optional<CheckItem> check_cgroup_throttled(const CheckCase& facts);
std::optional<CheckItem> check_cgroup_pids(const CheckCase& facts);
std::optional<CheckItem> check_cgroup_oom(const CheckCase& facts);
// Target; none without one.
std::optional<CheckItem> check_target_run_delay(const CheckCase& facts);
std::optional<CheckItem> check_target_major_faults(const CheckCase& facts);
std::optional<CheckItem> check_target_memory(const CheckCase& facts);
std::optional<CheckItem> check_target_stopped(const CheckCase& facts);

}  // namespace vigie::rules
