#include "keep/stop/time_limit.hpp"

#include <algorithm>

#include "model/process.hpp"

namespace vigie::keep {

TimeLimit::TimeLimit(const RunRecord& record, Instant now) {
  const RunPolicy& policy = record.spec.policy;
  if (!policy.time_limit_seconds || record.exit || record.stop) return;
  // By the kernel's own note of the start: the wall clock may have been set since.
  const std::int64_t started = record.leader.pid > 0
                                   ? start_boot_ns(record.leader)
                                   : now.boot_ns - std::max<std::int64_t>(now.wall_ns - record.started_wall_ns, 0);
  const auto after = [&](double seconds) {
    return started + static_cast<std::int64_t>(std::max(seconds, 0.0) * nanoseconds_per_second);
  };
  end_ = after(*policy.time_limit_seconds);
  if (policy.early_signal && !record.early_signal_sent) {
    early_ = after(*policy.time_limit_seconds - policy.early_signal->before_seconds);
  }
}

std::optional<std::int64_t> TimeLimit::next_boot_ns() const {
  return early_ ? early_ : end_;
}

TimeLimit::Due TimeLimit::due(std::int64_t boot_ns) {
  if (end_ && boot_ns >= *end_) {
    early_.reset();
    end_.reset();
    return Due::end;
  }
  if (early_ && boot_ns >= *early_) {
    early_.reset();
    return Due::early_signal;
  }
  return Due::nothing;
}

}  // namespace vigie::keep
