// shm-full: no room left in /dev/shm, through which loader workers pass their batches.
#include <algorithm>
#include <charconv>
#include <numeric>
#include <set>

#include <fmt/format.h>

#include "base/units.hpp"
#include "rules/facts/shared.hpp"
#include "rules/rule.hpp"
#include "rules/thresholds.hpp"

namespace vigie::rules {
namespace {

std::string bytes_text(std::uint64_t bytes) {
  return human_bytes(static_cast<double>(bytes));
}

bool is_below(std::string_view path, std::string_view top) {
  return path.starts_with(top) && path.substr(top.size()).starts_with('/');
}

/// Bytes of the run's segments in /dev/shm, each file once; nothing when it has none.
std::optional<std::uint64_t> shared_segments(const Case& run) {
  std::set<std::string> seen;
  std::uint64_t bytes = 0;
  for (const Member& member : run.run().members) {
    const ProcessDetail* const detail = run.detail(member);
    if (detail == nullptr || !detail->files) continue;
    for (const OpenFile& file : *detail->files) {
      if (is_below(file.path, shared_memory) && seen.insert(file.path).second) bytes += file.size_bytes.value_or(0);
    }
  }
  return seen.empty() ? std::nullopt : std::optional(bytes);
}

/// The fullest /dev/shm that processes of the run see, where that may be looked at; else the one that vigie sees.
struct SharedPlace {
  const MountUse* use = nullptr;
  const SharedMemory* seen = nullptr;  ///< with its files
};

SharedPlace shared_place(const Case& run) {
  SharedPlace fullest;
  bool elsewhere = false;
  for (const Member& member : run.run().members) {
    const ProcessDetail* const detail = run.detail(member);
    elsewhere = elsewhere || run.is_in_other_mounts(member);
    if (detail == nullptr || !detail->shared_memory) continue;
    const SharedMemory& seen = *detail->shared_memory;
    if (fullest.use == nullptr || room_of(seen.use).used_percent > room_of(*fullest.use).used_percent)
      fullest = {&seen.use, &seen};
  }
  if (fullest.use != nullptr || elsewhere) return fullest;
  const MountSample* const mount = mount_of(run.host(), shared_memory);
  return {mount != nullptr && mount->path == shared_memory && mount->use ? &*mount->use : nullptr, nullptr};
}

/// "12M", "no more files, although 60M are free".
std::string left_text(const MountUse& use, const Room& room) {
  std::string bytes = bytes_text(use.available_bytes);
  if (!room.of_files) return bytes;
  return use.files_free == 0 ? fmt::format("no file more, although {} are free,", bytes)
                             : fmt::format("{} files more", use.files_free);
}

/// The pid in a name that libraries give: torch_PID_NUMBER (torch/csrc, StorageSharing), sem.loky-PID-NAME.
std::optional<pid_t> maker_of(std::string_view path) {
  for (const std::string_view prefix : {"/dev/shm/torch_", "/dev/shm/sem.loky-", "/dev/shm/loky-"}) {
    if (!path.starts_with(prefix)) continue;
    pid_t pid = 0;
    const char* const begin = path.data() + prefix.size();
    const auto [end, error] = std::from_chars(begin, path.data() + path.size(), pid);
    if (error == std::errc{} && end != begin && pid > 0) return pid;
  }
  return std::nullopt;
}

/// Files that processes of this user left there when they ended: no process has their pids now, and this run has none
/// of them open. Other users' processes may be invisible, and in another container the pids mean others.
std::vector<const SharedSegment*> leftovers(const Case& run, const SharedMemory& seen) {
  std::vector<const SharedSegment*> left;
  if (!seen.same_as_ours || run.run().members.empty()) return left;
  const Reading<uid_t>& user = run.process(run.run().members.front()).uid;
  std::set<std::string_view> held;
  for (const Member& member : run.run().members) {
    const ProcessDetail* const detail = run.detail(member);
    if (detail == nullptr || !detail->files) continue;
    for (const OpenFile& file : *detail->files) held.insert(file.path);
  }
  for (const SharedSegment& segment : seen.segments) {
    const std::optional<pid_t> maker = maker_of(segment.path);
    if (!maker || !user || segment.uid != *user || held.contains(segment.path)) continue;
    const auto alive = [&](const ProcessSample& process) { return process.id.pid == *maker; };
    if (std::ranges::none_of(run.frame().snapshot->processes, alive)) left.push_back(&segment);
  }
  return left;
}

/// "/dev/shm/torch_42_1 (62.0M), /dev/shm/torch_42_2 (1.0M) and 3 more"
std::string names_of(const std::vector<const SharedSegment*>& segments) {
  constexpr std::size_t most_names = 3;
  std::string names;
  for (std::size_t i = 0; i < std::min(most_names, segments.size()); ++i)
    names += fmt::format("{}{} ({})", i == 0 ? "" : ", ", segments[i]->path, bytes_text(segments[i]->bytes));
  if (segments.size() > most_names) names += fmt::format(" and {} more", segments.size() - most_names);
  return names;
}

bool has_workers(const Run& run) {
  return std::ranges::any_of(run.members, [](const Member& member) { return member.role == Role::loader_worker; });
}

}  // namespace

std::optional<Finding> shm_full(const Case& run) {
  const SharedPlace place = shared_place(run);
  if (place.use == nullptr) return std::nullopt;
  const Room room = room_of(*place.use);
  if (room.used_percent < thresholds::shm_percent) return std::nullopt;
  const std::optional<std::uint64_t> own = shared_segments(run);
  // No process outside of a container uses its /dev/shm.
  const bool elsewhere = place.seen != nullptr && !place.seen->same_as_ours;
  if (!own && !run.is_host() && !has_workers(run.run()) && !elsewhere) return std::nullopt;
  Finding finding = run.finding(Severity::critical, 0.95);
  finding.summary = fmt::format("/dev/shm{} is {:.0f} % full: room for {} in it{}",
                                elsewhere ? " of its container" : "", room.used_percent, left_text(*place.use, room),
                                has_workers(run.run()) ? ", for batches of loader workers" : "");
  finding.evidence.push_back(run.evidence(
      "shm_used_percent", room.used_percent, thresholds::shm_percent,
      room.of_files
          ? fmt::format("{} of {} files (inodes) are used in /dev/shm; {} of {} are free",
                        place.use->files - std::min(place.use->files, place.use->files_free), place.use->files,
                        bytes_text(place.use->available_bytes), bytes_text(place.use->total_bytes))
          : fmt::format("{} of {} left in /dev/shm", bytes_text(place.use->available_bytes),
                        bytes_text(place.use->total_bytes))));
  finding.evidence.push_back(run.evidence("shm_bytes", static_cast<double>(own.value_or(0)), 0,
                                          own ? fmt::format("{} of it in segments of this run", bytes_text(*own))
                                              : std::string("none of it in segments that this run has open now")));
  const std::vector<const SharedSegment*> left =
      place.seen != nullptr ? leftovers(run, *place.seen) : std::vector<const SharedSegment*>();
  if (!left.empty()) {
    const auto add = [](std::uint64_t sum, const SharedSegment* segment) { return sum + segment->bytes; };
    const std::uint64_t bytes = std::accumulate(left.begin(), left.end(), std::uint64_t{0}, add);
    finding.evidence.push_back(
        run.evidence("shm_bytes", static_cast<double>(bytes), 0,
                     fmt::format("{} of it left by processes that ended: {}", bytes_text(bytes), names_of(left))));
    finding.actions.emplace_back("remove those that no process has open: fuser FILE; rm FILE");
  }
  finding.causes.push_back(own && *own > place.use->total_bytes / 2 ? "the run itself keeps most of it"
                           : !left.empty()                          ? "runs that died without removing their segments"
                                           : "segments of others, or of runs that died without removing them: "
                                             "ls -l /dev/shm");
  finding.actions.emplace_back(
      "remove what no process uses any more; fewer workers or a smaller prefetch_factor; a larger one: mount -o "
      "remount,size=SIZE /dev/shm, in a container --shm-size");
  return finding;
}

}  // namespace vigie::rules
