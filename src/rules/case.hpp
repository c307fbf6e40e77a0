// What each rule gets.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/finding.hpp"
#include "model/frame.hpp"
#include "rules/facts/trend.hpp"

namespace vigie::rules {

/// One run in a window of frames, with its facts at hand. The newest frame's delta covers the window of the looks; the
/// frames before it, oldest first, show what happened in between.
class Case {
 public:
  Case(std::span<const Frame> window, const Run& run) : window_(window), frame_(window.back()), run_(run) {}

  [[nodiscard]] const Frame& frame() const { return frame_; }
  /// All frames of the window, the newest last.
  [[nodiscard]] std::span<const Frame> frames() const { return window_; }
  /// Whether it stands for the host itself: a run without processes, whose limits are the host's.
  [[nodiscard]] bool is_host() const { return run_.id.empty(); }
  [[nodiscard]] const HostSample& host() const { return frame_.snapshot->host; }
  [[nodiscard]] const Run& run() const { return run_; }
  [[nodiscard]] double window() const { return frame_.delta.elapsed_seconds; }
  [[nodiscard]] const ProcessSample& process(const Member& member) const {
    return frame_.snapshot->processes[member.process];
  }
  [[nodiscard]] const ProcessRates& rates(const Member& member) const { return frame_.delta.processes[member.process]; }
  [[nodiscard]] std::vector<std::size_t> processes() const;
  /// Trainers and ranks, as indices into the run's members.
  [[nodiscard]] std::vector<std::size_t> trainers() const;
  [[nodiscard]] std::vector<std::size_t> workers_of(std::size_t trainer) const;
  /// nullptr when the member was not looked at often enough.
  [[nodiscard]] const StateShares* shares(const Member& member) const;
  /// Seconds since the process began.
  [[nodiscard]] double age(const Member& member) const;
  /// Seconds since its leader began, or since its oldest process where that has ended.
  [[nodiscard]] double age() const;
  /// CPUs' worth of time the run may use at once: by its own mask, else vigie's, and by its control group where that
  /// was read; else all online ones.
  [[nodiscard]] double cpus() const;
  /// Of these, what neither others nor the run itself use, in percent of one CPU; absent when the host's idle time is.
  [[nodiscard]] Reading<double> idle_percent() const;
  /// CPU of all its processes, in percent of one CPU.
  [[nodiscard]] double cpu_percent() const;
  /// Its control group, where it was read, and what changed in it; nullptr otherwise.
  [[nodiscard]] const CgroupSample* group() const;
  [[nodiscard]] const CgroupRates* group_rates() const;
  /// What was read in depth of one of its processes, or nullptr.
  [[nodiscard]] const ProcessDetail* detail(const Member& member) const;
  /// The file system that a path of one of its processes lies in, in the mount namespace of that process; nullptr
  /// where that is not known.
  [[nodiscard]] const MountSample* mount_of(const Member& member, std::string_view path) const;
  /// Whether a process has other file systems than vigie: it is in a container.
  [[nodiscard]] bool is_in_other_mounts(const Member& member) const;
  /// Whether the user who looks may signal a process and change its priorities (kill(2), setpriority(2)).
  [[nodiscard]] bool may_act_on(const ProcessSample& process) const;
  /// "alice", or "user 1001".
  [[nodiscard]] std::string owner_of(const ProcessSample& process) const;
  /// Whether root looks.
  [[nodiscard]] bool is_root() const;

  /// A value of this attempt of the run in each frame of the window that has it; 0 s is the newest frame.
  using Value = std::function<std::optional<double>(const Frame& frame, const Run& run)>;
  [[nodiscard]] std::vector<Point> over_time(const Value& value) const;

  /// "trainer", "loader worker 2 (pid 4711)", "python3 (pid 4711)".
  [[nodiscard]] std::string name_of(const Member& member) const;
  /// "3 loader workers", "1 loader worker".
  [[nodiscard]] static std::string counted(std::size_t count, std::string_view noun);

  /// A finding about this run over this window, to be filled. The judge says which rule it is of.
  [[nodiscard]] Finding finding(Severity severity, double confidence) const;
  /// The same for a conclusion that is not sure yet: see Suspicion.
  [[nodiscard]] Suspicion suspicion(std::string text, double wants_seconds) const;
  [[nodiscard]] Evidence evidence(std::string metric, double value, double threshold, std::string text) const;

 private:
  std::span<const Frame> window_;
  const Frame& frame_;
  const Run& run_;
};

}  // namespace vigie::rules
