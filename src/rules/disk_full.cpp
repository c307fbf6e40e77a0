// disk-full: no room left, or none soon, on a file system that the run writes to.
#include <algorithm>

#include <fmt/format.h>

#include "base/units.hpp"
#include "model/mount.hpp"
#include "rules/facts/consumers.hpp"
#include "rules/facts/shared.hpp"
#include "rules/facts/time_text.hpp"
#include "rules/rule.hpp"
#include "rules/thresholds.hpp"

namespace vigie::rules {
namespace {

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

/// Files open for writing come first: their writes fail.
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

/// The largest writers of the host; the kernel counts no writers of memory-backed and virtual disks.
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
    Finding finding = run.finding(Severity::critical, full ? 0.95 : 0.8);
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
                                             : "most is written on this host by: " + names);
    finding.actions.push_back(fmt::format(
        "make room on {} before the next checkpoint: writing it fails when there is none", place.mount->path));
    return finding;
  }
  return std::nullopt;
}

}  // namespace vigie::rules
