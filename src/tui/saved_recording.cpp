#include "tui/saved_recording.hpp"

#include <unistd.h>

#include <algorithm>

#include <fmt/format.h>

#include "format/local_time.hpp"
#include "wire/packed_snapshot.hpp"
#include "wire/recording.hpp"
#include "wire/run_directory.hpp"

namespace vigie::tui {
namespace {

/// "vigie-2026-11-30-031205"
std::string name_of_moment(std::int64_t wall_ns) {
  std::string time = format::local_time(wall_ns);
  std::erase(time, ':');
  std::ranges::replace(time, ' ', '-');
  return "vigie-" + time;
}

/// The first name that is free; another program that takes it meanwhile keeps it (the writer makes new files alone).
std::string free_path(const std::string& directory, const std::string& name) {
  constexpr int most_of_a_second = 100;
  const std::string begin = directory.empty() ? name : directory + "/" + name;
  std::string path = begin + ".vigie";
  for (int number = 2; number <= most_of_a_second && ::access(path.c_str(), F_OK) == 0; ++number)
    path = fmt::format("{}-{}.vigie", begin, number);
  return path;
}

}  // namespace

Result<std::string> save_recording(std::span<const PackedSnapshot> snapshots, const std::string& directory) {
  const std::shared_ptr<const Snapshot> last = snapshots.empty() ? nullptr : wire::unpack_snapshot(*snapshots.back());
  if (last == nullptr) return fail("there is nothing to save yet");
  std::string path = free_path(directory, name_of_moment(last->after.wall_ns));
  ASSIGN_OR_RETURN(wire::RecordingWriter writer, wire::RecordingWriter::create(path));
  for (const PackedSnapshot& packed : snapshots) {
    const std::shared_ptr<const Snapshot> snapshot = wire::unpack_snapshot(*packed);
    if (snapshot == nullptr) continue;
    RETURN_IF_ERROR(writer.write(*snapshot));
  }
  return path;
}

Result<std::string> save_recording_somewhere(std::span<const PackedSnapshot> snapshots) {
  if (::access(".", W_OK | X_OK) == 0) return save_recording(snapshots, {});
  ASSIGN_OR_RETURN(const std::string directory, wire::prepare_state_directory("recordings"));
  return save_recording(snapshots, directory);
}

}  // namespace vigie::tui
