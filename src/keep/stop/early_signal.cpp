#include "keep/stop/early_signal.hpp"

#include <fmt/format.h>

#include "base/clock.hpp"
#include "wire/run_directory.hpp"

namespace vigie::keep {
namespace {

constexpr std::int64_t look_ns = nanoseconds_per_second / 4;
/// A shell that has a trap for it is waited for, and then its foreground child gets the signal, too.
constexpr std::int64_t in_all_ns = 3 * nanoseconds_per_second;

}  // namespace

EarlyPass::EarlyPass(const RunRecord& record)
    : record_(record),
      tree_(record),
      course_(record.spec.policy.early_signal->signal, record.leader, control::SignalCourse::To::handlers),
      end_ns_(now().boot_ns + in_all_ns),
      next_ns_(now().boot_ns) {}

void EarlyPass::act() {
  const std::int64_t time = now().boot_ns;
  if (!next_ns_ || time < *next_ns_) return;
  for (const control::Outcome& told : tree_.pass_on(course_)) {
    if (told.failed || told.result == "gone") continue;
    reached_ = true;
    ignore_error(
        wire::append_event(record_.directory, "early signal reached", fmt::format("\"pid\": {}", told.id.pid)));
  }
  next_ns_ = time + look_ns;
  if (time < end_ns_) return;
  next_ns_.reset();
  if (!reached_) ignore_error(wire::append_event(record_.directory, "no process handles the early signal"));
}

}  // namespace vigie::keep
