#include "shim/turn.hpp"

#include <algorithm>
#include <tuple>

#include <fmt/format.h>

namespace vigie::shim {
namespace {

const RunRecord* find(std::span<const RunRecord> all, const std::string& id) {
  const auto found = std::ranges::find(all, id, &RunRecord::id);
  return found == all.end() ? nullptr : &*found;
}

bool is_running(const RunRecord& record, const Alive& alive) {
  return !is_over(record.state) && record.state != RunState::queued && alive(record);
}

bool succeeded(const RunRecord& record) {
  return record.state == RunState::exited;
}

/// What of another run is waited for; nothing when it has come. A run that was removed is over.
std::optional<Turn> wait_for_runs(const RunRecord& record, std::span<const RunRecord> all, const Alive& alive) {
  const auto pending = [&](const RunRecord& other) { return !is_over(other.state) && alive(other); };
  for (const std::string& id : record.spec.policy.queue.after) {
    const RunRecord* other = find(all, id);
    if (other != nullptr && pending(*other)) return Turn{.waits_for = fmt::format("run {} to end", other->name)};
  }
  for (const std::string& id : record.spec.policy.queue.after_success) {
    const RunRecord* other = find(all, id);
    if (other == nullptr) return Turn{.never = true, .waits_for = fmt::format("run {} was removed", id)};
    if (pending(*other)) return Turn{.waits_for = fmt::format("run {} to succeed", other->name)};
    if (!succeeded(*other)) return Turn{.never = true, .waits_for = fmt::format("run {} did not succeed", other->name)};
  }
  return std::nullopt;
}

std::optional<Turn> wait_for_time(const RunRecord& record, std::int64_t wall_ns) {
  if (record.not_before_wall_ns <= wall_ns) return std::nullopt;
  return Turn{.waits_for = fmt::format("its next attempt at {}", rfc3339(record.not_before_wall_ns)),
              .not_before_wall_ns = record.not_before_wall_ns};
}

/// Whether `other` waits for nothing but a place, and was there first.
bool goes_first(const RunRecord& other, const RunRecord& record, std::span<const RunRecord> all, const Alive& alive,
                std::int64_t wall_ns) {
  return other.state == RunState::queued && other.spec.policy.queue.max_parallel > 0 &&
         std::tie(other.created_wall_ns, other.id) < std::tie(record.created_wall_ns, record.id) && alive(other) &&
         !wait_for_time(other, wall_ns) && !wait_for_runs(other, all, alive);
}

}  // namespace

bool must_wait(const RunRecord& record) {
  const QueuePolicy& queue = record.spec.policy.queue;
  return !queue.after.empty() || !queue.after_success.empty() || queue.max_parallel > 0 ||
         record.not_before_wall_ns > 0;
}

Turn turn_of(const RunRecord& record, std::span<const RunRecord> all, const Alive& alive, std::int64_t wall_ns) {
  if (auto runs = wait_for_runs(record, all, alive)) return *runs;
  if (auto time = wait_for_time(record, wall_ns)) return *time;
  const unsigned places = record.spec.policy.queue.max_parallel;
  if (places == 0) return {.now = true};
  const auto taken = std::ranges::count_if(all, [&](const RunRecord& other) {
    return other.id != record.id && (is_running(other, alive) || goes_first(other, record, all, alive, wall_ns));
  });
  if (taken < static_cast<std::ptrdiff_t>(places)) return {.now = true};
  return {.waits_for = places == 1 ? std::string("the other runs to end") : fmt::format("a place among {}", places)};
}

}  // namespace vigie::shim
