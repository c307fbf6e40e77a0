// Rules about room that runs out: shared memory, file systems, descriptors.
#include <algorithm>
#include <charconv>
#include <numeric>
#include <set>

#include <fmt/format.h>

#include "base/units.hpp"
#include "model/mount.hpp"
#include "rules/case.hpp"
#include "rules/facts/consumers.hpp"
#include "rules/facts/shared.hpp"
#include "rules/facts/time_text.hpp"
#include "rules/thresholds.hpp"

namespace vigie::rules {
namespace {

constexpr std::string_view shared_memory = "/dev/shm";

std::string bytes_text(std::uint64_t bytes) {
  return human_bytes(static_cast<double>(bytes));
}

bool is_below(std::string_view path, std::string_view top) {
  return path.starts_with(top) && path.size() > top.size() && path[top.size()] == '/';
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

/// What processes of this user left there when they ended: their pids are nobody's now, and this run has none open. Of
/// others' processes nothing may be visible, and in another container the pids mean others.
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

/// A file system that the run writes to, and what for.
struct Place {
  const MountSample* mount = nullptr;
  std::string use;                 ///< "its working directory", "its log", "checkpoint.pt"
  const Member* member = nullptr;  ///< in whose mount namespace; nullptr: in vigie's
};

void add_place(const Case& run, const Member* member, std::string_view path, std::string use,
               std::vector<Place>& places) {
  if (path.empty()) return;
  const MountSample* const mount = member == nullptr ? mount_of(run.host(), path) : run.mount_of(*member, path);
  // Shared memory is a rule of its own.
  if (mount == nullptr || !mount->use || mount->read_only || mount->path == shared_memory) return;
  const bool known = std::ranges::any_of(places, [&](const Place& place) { return place.mount == mount; });
  if (!known) places.push_back({.mount = mount, .use = std::move(use), .member = member});
}

/// What it has open for writing first: that is what fails.
std::vector<Place> places_of(const Case& run) {
  std::vector<Place> places;
  for (const Member& member : run.run().members) {
    const ProcessDetail* const detail = run.detail(member);
    if (detail == nullptr || !detail->files) continue;
    for (const OpenFile& file : *detail->files) {
      if (file.hold == Hold::descriptor && file.writable && file.type == FileType::regular && !file.deleted)
        add_place(run, &member, file.path, "it writes " + file.path, places);
    }
  }
  for (const Member& member : run.run().members) {
    if (!run.is_in_other_mounts(member)) continue;
    const SparseReading<std::string>& cwd = run.process(member).cwd;
    if (cwd) add_place(run, &member, *cwd, "the working directory of " + run.name_of(member), places);
    add_place(run, &member, "/tmp", "the /tmp of " + run.name_of(member), places);
  }
  add_place(run, nullptr, run.run().cwd, "its working directory", places);
  add_place(run, nullptr, run.run().directory, "its log", places);
  if (run.is_host()) {
    for (const std::string_view path : {"/", "/tmp", "/var", "/home"})
      add_place(run, nullptr, path, "of this host", places);
  }
  return places;
}

std::optional<Trend> filling(const Case& run, const Place& place) {
  const std::vector<Point> points = run.over_time([&](const Frame& frame, const Run&) -> std::optional<double> {
    const ProcessDetail* const detail =
        place.member == nullptr ? nullptr : frame.snapshot->find_detail(run.process(*place.member).id);
    const bool elsewhere = place.member != nullptr && run.is_in_other_mounts(*place.member);
    if (elsewhere && (detail == nullptr || !detail->mounts)) return std::nullopt;
    const MountSample* const mount =
        elsewhere ? mount_of(*detail->mounts, place.mount->path) : mount_of(frame.snapshot->host, place.mount->path);
    if (mount == nullptr || !mount->use) return std::nullopt;
    return -static_cast<double>(mount->use->available_bytes);
  });
  const std::optional<Trend> trend = trend_of(points);
  if (!trend || points.size() < 4 || trend->growing < thresholds::leak_growing) return std::nullopt;
  if (trend->residual > thresholds::leak_residual * trend->growth) return std::nullopt;
  return trend->growth >= -thresholds::filling_part * points.back().value ? trend : std::nullopt;
}

/// The largest writers of the host; of memory-backed and virtual disks the kernel counts nobody.
std::string writers(const Case& run) {
  const auto amount = [&](std::size_t index) { return run.frame().delta.processes[index].write_bytes_per_second; };
  std::string names;
  for (const Consumer& one : largest_consumers(run.frame(), amount, 2)) {
    if (!names.empty()) names += ", ";
    names += fmt::format("{}{} {}/s", one.run ? "run " : "", one.name, human_bytes(one.amount));
  }
  return names;
}

}  // namespace

std::optional<Finding> shm_full(const Case& run) {
  const SharedPlace place = shared_place(run);
  if (place.use == nullptr) return std::nullopt;
  const Room room = room_of(*place.use);
  if (room.used_percent < thresholds::shm_percent) return std::nullopt;
  const std::optional<std::uint64_t> own = shared_segments(run);
  // A container's own is of nobody else.
  const bool elsewhere = place.seen != nullptr && !place.seen->same_as_ours;
  if (!own && !run.is_host() && !has_workers(run.run()) && !elsewhere) return std::nullopt;
  Finding finding = run.finding("shm-full", Severity::critical, 0.95);
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
    finding.actions.emplace_back("remove those that nobody has open: fuser FILE; rm FILE");
  }
  finding.causes.push_back(own && *own > place.use->total_bytes / 2 ? "the run itself keeps most of it"
                           : !left.empty()                          ? "runs that died without removing their segments"
                                           : "segments of others, or of runs that died without removing them: "
                                             "ls -l /dev/shm");
  finding.actions.emplace_back(
      "remove what nobody uses any more; fewer workers or a smaller prefetch_factor; a larger one: mount -o "
      "remount,size=SIZE /dev/shm, in a container --shm-size");
  return finding;
}

std::optional<Finding> disk_full(const Case& run) {
  for (const Place& place : places_of(run)) {
    const Room room = room_of(*place.mount->use);
    const auto available = static_cast<double>(place.mount->use->available_bytes);
    const std::optional<Trend> trend = filling(run, place);
    const std::optional<TimeLeft> left = trend ? time_left(*trend, available) : std::nullopt;
    const bool soon = left && left->seconds <= thresholds::time_left_seconds;
    const bool full =
        room.used_percent >= thresholds::disk_percent && (room.of_files || available < thresholds::disk_left_bytes);
    if (!soon && !full) continue;
    Finding finding = run.finding("disk-full", Severity::critical, full ? 0.95 : 0.8);
    finding.summary = soon && !full   ? fmt::format("{} will be full in {}", place.mount->path, time_text(*left))
                      : room.of_files ? fmt::format("{} has {:.0f} % of its files (inodes) used, with {} of room free",
                                                    place.mount->path, room.used_percent, human_bytes(available))
                                      : fmt::format("{} is {:.0f} % full", place.mount->path, room.used_percent);
    finding.evidence.push_back(run.evidence(
        "disk_used_percent", room.used_percent, thresholds::disk_percent,
        room.of_files
            ? fmt::format("{} more files fit on {} ({})", place.mount->use->files_free, place.mount->path, place.use)
            : fmt::format("{} left on {} ({})", human_bytes(available), place.mount->path, place.use)));
    if (soon) {
      Evidence growth =
          run.evidence("filling_bytes_per_second", trend->per_second, 0,
                       fmt::format("{}/s less over {:.0f} s", human_bytes(trend->per_second), trend->seconds));
      growth.window_seconds = trend->seconds;
      finding.evidence.push_back(std::move(growth));
      finding.evidence.push_back(run.evidence("time_left_seconds", left->seconds, thresholds::time_left_seconds,
                                              "left until it is full: " + time_text(*left)));
    }
    const std::string names = writers(run);
    finding.causes.push_back(room.of_files
                                 ? "very many small files: du --inodes -x " + place.mount->path + " | sort -n | tail"
                             : names.empty() ? "what it holds: du -xh " + place.mount->path + " | sort -h | tail"
                                             : "who writes most on this host: " + names);
    finding.actions.push_back(fmt::format(
        "make room on {} before the next checkpoint: writing it fails when there is none", place.mount->path));
    return finding;
  }
  return std::nullopt;
}

std::optional<Finding> fd_limit(const Case& run) {
  for (const Member& member : run.run().members) {
    const ProcessDetail* const detail = run.detail(member);
    if (detail == nullptr || !detail->limits) continue;
    const auto files = std::ranges::find(*detail->limits, "Max open files", &ResourceLimit::name);
    if (files == detail->limits->end() || !files->soft || *files->soft == 0 || !files->used) continue;
    const auto used = static_cast<double>(*files->used);
    const auto limit = static_cast<double>(*files->soft);
    const double percent = 100 * used / limit;
    if (percent < thresholds::descriptors_percent) continue;
    Finding finding = run.finding("fd-limit", Severity::critical, 0.95);
    finding.summary = fmt::format("has {:.0f} of the {:.0f} files open that it may have", used, limit);
    finding.evidence.push_back(
        run.evidence("open_files_percent", percent, thresholds::descriptors_percent,
                     fmt::format("{} has {:.0f} of {:.0f} descriptors open", run.name_of(member), used, limit)));
    finding.causes.emplace_back(
        "tensors that loader workers pass by descriptor, files that are not closed, or many connections: vigie files " +
        fmt::format("{}", run.process(member).id.pid));
    const bool room = !files->hard || *files->hard > *files->soft;
    finding.actions.push_back(
        fmt::format("ulimit -n {} before it is started{}; torch.multiprocessing.set_sharing_strategy('file_system')",
                    files->hard ? fmt::format("{}", *files->hard) : std::string("unlimited"),
                    room ? "" : " (the hard limit is reached: root may raise it)"));
    return finding;
  }
  return std::nullopt;
}

}  // namespace vigie::rules
