#include "keep/queue/turn.hpp"

#include <algorithm>
#include <tuple>

#include <fmt/format.h>

namespace vigie::keep {
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

/// Places and GPUs are those of this machine: a run on another machine that shares the home takes none.
bool is_here(const RunRecord& other, const RunRecord& record) {
  return same_machine(other.place, record.place);
}

/// What it still waits for of other runs; nothing when that is done. A run that was removed is over.
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
    if (!succeeded(*other)) {
      const RunState end = is_over(other->state) ? other->state : RunState::lost;
      const std::string how = other->exit ? ", " + how_it_ended(*other->exit) : std::string();
      return Turn{.never = true,
                  .waits_for = fmt::format("run {} did not succeed: it {} {}{}", other->name,
                                           end == RunState::failed ? "has" : "was", name_of(end), how)};
    }
  }
  return std::nullopt;
}

std::optional<Turn> wait_for_time(const RunRecord& record, std::int64_t wall_ns) {
  if (record.not_before_wall_ns <= wall_ns) return std::nullopt;
  return Turn{.waits_for = next_attempt_wait, .not_before_wall_ns = record.not_before_wall_ns};
}

/// Whether `other` was there first, and no longer waits for another run or a time.
bool goes_first(const RunRecord& other, const RunRecord& record, std::span<const RunRecord> all, const Alive& alive,
                std::int64_t wall_ns) {
  return other.state == RunState::queued && is_here(other, record) &&
         std::tie(other.created_wall_ns, other.id) < std::tie(record.created_wall_ns, record.id) && alive(other) &&
         !wait_for_time(other, wall_ns) && !wait_for_runs(other, all, alive);
}

/// Takes GPUs that are free out of `free` as `want` asks: those of its choice, else the first ones.
std::vector<std::string> take_gpus(const GpuWant& want, std::vector<std::string>& free) {
  std::vector<std::string> taken;
  std::erase_if(free, [&](const std::string& uuid) {
    const bool wanted = want.uuids.empty() || std::ranges::find(want.uuids, uuid) != want.uuids.end();
    if (!wanted || taken.size() >= want.count) return false;
    taken.push_back(uuid);
    return true;
  });
  return taken;
}

/// The GPUs that it wants are in the pool. `before`: the run that free ones are kept for; empty when they are too few
/// for other reasons.
std::string describe(const GpuWant& want, std::size_t free, const GpuPool& pool, const std::string& before) {
  const std::string kept = before.empty() ? "" : fmt::format(", for {}", before);
  if (want.uuids.size() == 1) {
    const auto gpu = std::ranges::find(pool.gpus, want.uuids.front(), &GpuPool::Gpu::uuid);
    return fmt::format("GPU {} to be free", gpu->index);
  }
  if (!want.uuids.empty()) return fmt::format("its {} GPUs to be free ({} are)", want.count, free);
  return fmt::format("{} GPU{} ({} of {} free{})", want.count, want.count == 1 ? "" : "s", free, pool.gpus.size(),
                     kept);
}

/// The GPUs of a run that wants some, or what it waits for.
Turn wait_for_gpus(const RunRecord& record, std::span<const RunRecord> all, const Alive& alive, std::int64_t wall_ns,
                   const GpuPool& pool) {
  const GpuWant& want = record.spec.policy.queue.gpus;
  if (!pool.problem.empty())
    return {.waits_for = fmt::format("{} GPU{}: {}", want.count, want.count == 1 ? "" : "s", pool.problem),
            .for_gpus = true};
  if (want.count > pool.gpus.size())
    return {.never = true,
            .waits_for = fmt::format("it wants {} GPUs, and this host has {}", want.count, pool.gpus.size())};
  for (const std::string& uuid : want.uuids) {
    if (std::ranges::find(pool.gpus, uuid, &GpuPool::Gpu::uuid) == pool.gpus.end())
      return {.never = true, .waits_for = fmt::format("there is no GPU {} any more", uuid)};
  }
  std::vector<std::string> free;
  for (const GpuPool::Gpu& gpu : pool.gpus) {
    const bool promised = std::ranges::any_of(all, [&](const RunRecord& other) {
      return other.id != record.id && is_here(other, record) && is_running(other, alive) &&
             std::ranges::find(other.gpus, gpu.uuid) != other.gpus.end();
    });
    if (gpu.free && !promised) free.push_back(gpu.uuid);
  }
  std::vector<const RunRecord*> first;
  for (const RunRecord& other : all) {
    if (other.spec.policy.queue.gpus.count > 0 && goes_first(other, record, all, alive, wall_ns))
      first.push_back(&other);
  }
  std::ranges::sort(first, {}, [](const RunRecord* one) { return std::tie(one->created_wall_ns, one->id); });
  const std::size_t at_all = free.size();
  for (const RunRecord* other : first) (void)take_gpus(other->spec.policy.queue.gpus, free);
  const std::string kept_for = free.size() < at_all ? first.front()->name : std::string();
  std::vector<std::string> mine = take_gpus(want, free);
  if (mine.size() == want.count) return {.now = true, .gpus = std::move(mine)};
  return {.waits_for = describe(want, want.uuids.empty() ? at_all : mine.size(), pool, kept_for), .for_gpus = true};
}

/// The wait for a place, when too many runs are alive.
std::optional<Turn> wait_for_place(const RunRecord& record, std::span<const RunRecord> all, const Alive& alive,
                                   std::int64_t wall_ns) {
  const unsigned places = record.spec.policy.queue.max_parallel;
  if (places == 0) return std::nullopt;
  const auto taken = std::ranges::count_if(all, [&](const RunRecord& other) {
    if (other.id == record.id || !is_here(other, record)) return false;
    const bool before = other.spec.policy.queue.max_parallel > 0 && goes_first(other, record, all, alive, wall_ns);
    return is_running(other, alive) || before;
  });
  if (taken < static_cast<std::ptrdiff_t>(places)) return std::nullopt;
  return Turn{.waits_for =
                  places == 1 ? std::string("the other runs to end") : fmt::format("a place among {}", places)};
}

}  // namespace

bool must_wait(const RunRecord& record) {
  const QueuePolicy& queue = record.spec.policy.queue;
  return !queue.after.empty() || !queue.after_success.empty() || queue.max_parallel > 0 || queue.gpus.count > 0 ||
         record.not_before_wall_ns > 0;
}

Turn turn_of(const RunRecord& record, std::span<const RunRecord> all, const Alive& alive, std::int64_t wall_ns,
             const GpuPool& pool) {
  if (auto runs = wait_for_runs(record, all, alive)) return *runs;
  if (auto time = wait_for_time(record, wall_ns)) return *time;
  if (auto place = wait_for_place(record, all, alive, wall_ns)) return *place;
  if (record.spec.policy.queue.gpus.count > 0) return wait_for_gpus(record, all, alive, wall_ns, pool);
  return {.now = true};
}

}  // namespace vigie::keep
