// What each rule gets and gives.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/finding.hpp"
#include "model/frame.hpp"

namespace vigie {

/// One run in one frame, with its facts at hand.
class Case {
 public:
  Case(const Frame& frame, const Run& run) : frame_(frame), run_(run) {}

  [[nodiscard]] const Frame& frame() const { return frame_; }
  [[nodiscard]] const Run& run() const { return run_; }
  [[nodiscard]] double window() const { return frame_.delta.elapsed_seconds; }
  [[nodiscard]] const ProcessSample& process(const Member& member) const {
    return frame_.snapshot->processes[member.process];
  }
  [[nodiscard]] const ProcessRates& rates(const Member& member) const { return frame_.delta.processes[member.process]; }
  /// Trainers and ranks, as indices into the run's members.
  [[nodiscard]] std::vector<std::size_t> trainers() const;
  [[nodiscard]] std::vector<std::size_t> workers_of(std::size_t trainer) const;
  /// nullptr when the member was not looked at often enough.
  [[nodiscard]] const StateShares* shares(const Member& member) const;
  /// CPUs' worth of time the run may use at once: by its own mask, else vigie's, and by its control group where that
  /// was read; else all online ones.
  [[nodiscard]] double cpus() const;
  /// Of these, what neither others nor the run itself use, in percent of one CPU; absent when the host's idle time is.
  [[nodiscard]] Reading<double> idle_percent() const;

  /// A finding about this run over this window, to be filled.
  [[nodiscard]] Finding finding(std::string_view rule, Severity severity, double confidence) const;
  [[nodiscard]] Evidence evidence(std::string metric, double value, double threshold, std::string text) const;

 private:
  const Frame& frame_;
  const Run& run_;
};

std::optional<Finding> stopped(const Case& run);
std::optional<Finding> loader_cpu(const Case& run);
std::optional<Finding> loader_serial(const Case& run);

}  // namespace vigie
