#include "feed/frame_of.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/clock.hpp"
#include "base/number.hpp"
#include "rates/diff.hpp"
#include "rules/judge.hpp"
#include "runs/recognise.hpp"

namespace vigie {

RunView runs_of(const FeedOptions& options, const Snapshot& snapshot) {
  std::optional<ProcessId> asked;
  if (options.whom.target_is_run) {
    if (const std::optional<pid_t> pid = whole_number<pid_t>(options.whom.target)) {
      if (const ProcessSample* const found = snapshot.find_pid(*pid)) asked = found->id;
    }
  }
  return recognise(snapshot, asked, options.what.guess_runs ? Guess::yes : Guess::no);
}

Frame bare_frame(const FeedOptions& options, const std::shared_ptr<const Snapshot>& snapshot) {
  Frame bare;
  bare.snapshot = snapshot;
  if (options.what.runs) bare.view = runs_of(options, *snapshot);
  return bare;
}

Frame frame_of(std::shared_ptr<const Snapshot> before, std::shared_ptr<const Snapshot> snapshot,
               const FeedOptions& options) {
  Frame frame;
  frame.delta = diff(before.get(), *snapshot);
  if (options.what.runs) frame.view = runs_of(options, *snapshot);
  frame.before = std::move(before);
  frame.snapshot = std::move(snapshot);
  return frame;
}

void judge_frame(std::span<const Frame> window, Frame& frame) {
  frame.findings = rules::judge(window);
  frame.too_early = rules::too_early(window.back());
  frame.suspicions = rules::suspicions(window);
  std::erase_if(frame.suspicions, [&](const Suspicion& one) {
    return std::ranges::any_of(frame.findings, [&](const Finding& finding) {
      return finding.subject == one.subject && finding.rule == one.rule;
    });
  });
}

void Moments::keep(Frame frame, double judged_seconds) {
  constexpr std::size_t most_frames = 120;
  constexpr std::size_t most_processes = 200'000;
  frames_.push_back(std::move(frame));
  if (judged_seconds > 0) forget_older_than(judged_seconds + 1);
  std::size_t processes = 0;
  for (const Frame& one : frames_) processes += one.snapshot->processes.size();
  while (frames_.size() > 1 && (frames_.size() > most_frames || processes > most_processes)) {
    processes -= frames_.front().snapshot->processes.size();
    frames_.erase(frames_.begin());
  }
}

void Moments::forget_older_than(double seconds) {
  const std::int64_t begin_ns = frames_.back().snapshot->after.boot_ns - to_nanoseconds(seconds);
  std::erase_if(frames_, [&](const Frame& one) { return one.snapshot->after.boot_ns < begin_ns; });
}

std::vector<Frame> Moments::window(const Frame& newest, double seconds) const {
  std::vector<Frame> window = frames_;
  window.push_back(newest);
  const std::int64_t begin_ns = newest.snapshot->after.boot_ns - to_nanoseconds(seconds);
  const auto oldest =
      std::ranges::find_if(frames_, [&](const Frame& one) { return one.snapshot->after.boot_ns >= begin_ns; });
  if (newest.before == nullptr || oldest == frames_.end() ||
      oldest->snapshot->after.boot_ns >= newest.before->after.boot_ns)
    return window;
  Frame& longer = window.back();
  longer.before = oldest->snapshot;
  longer.delta = diff(longer.before.get(), *longer.snapshot);
  return window;
}

}  // namespace vigie
