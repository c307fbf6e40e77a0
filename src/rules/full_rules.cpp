// Rules about room that runs out: shared memory, file systems, descriptors.
#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "base/units.hpp"
#include "rules/consumers.hpp"
#include "rules/facts.hpp"
#include "rules/rule.hpp"
#include "rules/thresholds.hpp"
#include "rules/time_text.hpp"

namespace vigie {
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

bool has_workers(const Run& run) {
  return std::ranges::any_of(run.members, [](const Member& member) { return member.role == Role::loader_worker; });
}

/// A file system that the run writes to, and what for.
struct Place {
  const MountSample* mount = nullptr;
  std::string use;  ///< "its working directory", "its log", "checkpoint.pt"
  std::string path;
};

void add_place(const Case& run, std::string_view path, std::string use, std::vector<Place>& places) {
  const MountSample* const mount = path.empty() ? nullptr : mount_of(run.host(), path);
  // Shared memory is a rule of its own.
  if (mount == nullptr || !mount->use || mount->read_only || mount->path == shared_memory) return;
  const bool known = std::ranges::any_of(places, [&](const Place& place) { return place.mount == mount; });
  if (!known) places.push_back({.mount = mount, .use = std::move(use), .path = std::string(path)});
}

/// What it has open for writing first: that is what fails.
std::vector<Place> places_of(const Case& run) {
  std::vector<Place> places;
  for (const Member& member : run.run().members) {
    const ProcessDetail* const detail = run.detail(member);
    if (detail == nullptr || !detail->files) continue;
    for (const OpenFile& file : *detail->files) {
      if (file.hold == Hold::descriptor && file.writable && file.type == FileType::regular && !file.deleted)
        add_place(run, file.path, "it writes " + file.path, places);
    }
  }
  add_place(run, run.run().cwd, "its working directory", places);
  add_place(run, run.run().directory, "its log", places);
  if (run.is_host()) {
    for (const std::string_view path : {"/", "/tmp", "/var", "/home"}) add_place(run, path, "of this host", places);
  }
  return places;
}

std::optional<Trend> filling(const Case& run, const std::string& path) {
  const std::vector<Point> points = run.over_time([&](const Frame& frame, const Run&) -> std::optional<double> {
    const MountSample* const mount = mount_of(frame.snapshot->host, path);
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
  const MountSample* const mount = mount_of(run.host(), shared_memory);
  if (mount == nullptr || mount->path != shared_memory || !mount->use) return std::nullopt;
  const Room room = room_of(*mount->use);
  if (room.used_percent < thresholds::shm_percent) return std::nullopt;
  const std::optional<std::uint64_t> own = shared_segments(run);
  if (!own && !run.is_host() && !has_workers(run.run())) return std::nullopt;
  Finding finding = run.finding("shm-full", Severity::critical, 0.95);
  finding.summary = fmt::format("/dev/shm is {:.0f} % full: {} left for batches of loader workers", room.used_percent,
                                bytes_text(mount->use->available_bytes));
  finding.evidence.push_back(
      run.evidence("shm_used_percent", room.used_percent, thresholds::shm_percent,
                   fmt::format("{} of {} left in /dev/shm", bytes_text(mount->use->available_bytes),
                               bytes_text(mount->use->total_bytes))));
  finding.evidence.push_back(run.evidence("shm_bytes", static_cast<double>(own.value_or(0)), 0,
                                          own ? fmt::format("{} of it in segments of this run", bytes_text(*own))
                                              : std::string("none of it in segments that this run has open now")));
  finding.causes.push_back(own && *own > mount->use->total_bytes / 2
                               ? "the run itself keeps most of it"
                               : "segments of others, or of runs that died without removing them: ls -l /dev/shm");
  finding.actions.emplace_back(
      "remove what nobody uses any more; fewer workers or a smaller prefetch_factor; a larger one: mount -o "
      "remount,size=SIZE /dev/shm, in a container --shm-size");
  return finding;
}

std::optional<Finding> disk_full(const Case& run) {
  for (const Place& place : places_of(run)) {
    const Room room = room_of(*place.mount->use);
    const auto available = static_cast<double>(place.mount->use->available_bytes);
    const std::optional<Trend> trend = filling(run, place.mount->path);
    const std::optional<TimeLeft> left = trend ? time_left(*trend, available) : std::nullopt;
    const bool soon = left && left->seconds <= thresholds::time_left_seconds;
    const bool full =
        room.used_percent >= thresholds::disk_percent && (room.of_files || available < thresholds::disk_left_bytes);
    if (!soon && !full) continue;
    Finding finding = run.finding("disk-full", Severity::critical, full ? 0.95 : 0.8);
    finding.summary = soon && !full ? fmt::format("{} will be full in {}", place.mount->path, time_text(*left))
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
    finding.causes.push_back(names.empty() ? "what it holds: du -xh " + place.mount->path + " | sort -h | tail"
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

}  // namespace vigie
