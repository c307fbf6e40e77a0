#include "wire/record_list.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <functional>
#include <iterator>
#include <memory>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "base/clock.hpp"
#include "base/file.hpp"
#include "base/life_lock.hpp"
#include "base/text.hpp"
#include "wire/keepers.hpp"
#include "wire/run_directory.hpp"
#include "wire/run_file.hpp"
#include "wire/socket.hpp"

namespace vigie::wire {
namespace {

using EachRun = std::function<Result<void>(int runs, const std::string& id)>;

/// Calls `each` with the open directory of runs and the name of every one in it, until it fails. No error when nothing
/// was ever run.
Result<void> for_each_run(const std::string& path, const EachRun& each) {
  const std::unique_ptr<DIR, int (*)(DIR*)> dir(::opendir(path.c_str()), ::closedir);
  if (dir == nullptr) return errno == ENOENT ? Result<void>() : fail_errno("cannot list " + path, errno);
  while (true) {
    errno = 0;
    const dirent* const entry = ::readdir(dir.get());
    if (entry == nullptr) return errno == 0 ? Result<void>() : fail_errno("cannot list " + path, errno);
    if (entry->d_name[0] == '.') continue;
    RETURN_IF_ERROR(each(::dirfd(dir.get()), entry->d_name));
  }
}

/// Called where no run is found. Fails when the state directory is not a directory, which `vigie run` refuses. A
/// directory that is not there yet is no fault.
Result<void> say_what_is_no_directory(const std::string& runs) {
  for (const std::string& path : {runs.substr(0, runs.rfind('/')), runs}) {
    struct stat info{};
    if (::lstat(path.c_str(), &info) != 0 || S_ISDIR(info.st_mode)) continue;
    return fail(fmt::format("there is no run in the state directory {}: it is {}; remove it or set XDG_STATE_HOME",
                            path,
                            S_ISLNK(info.st_mode) ? "a symbolic link, which `vigie run` refuses" : "not a directory"));
  }
  return {};
}

std::vector<RunRecord> by_creation(std::vector<RunRecord> records) {
  std::ranges::sort(records, {}, &RunRecord::created_wall_ns);
  return records;
}

constexpr double answer_seconds = 1;
constexpr std::int64_t half_made_ns = 10 * nanoseconds_per_second;

/// The record in `directory`, written anew by the keeper of the run if need be; nothing when there is none yet, or the
/// directory is no run's. A record that cannot be read is added to `unreadable`; without descriptors or memory none can
/// be read, which is an error.
Result<std::optional<RunRecord>> read_or_mend(const std::string& id, const std::string& directory,
                                              std::vector<UnreadableRun>& unreadable) {
  Result<RunRecord> record = read_record(directory);
  if (record) return std::move(*record);
  const int error = record.error().errno_value;
  if (is_shortage(error)) return pass(std::move(record));
  struct stat about{};
  if (error == ENOTDIR || ::stat(directory.c_str(), &about) != 0 || !S_ISDIR(about.st_mode)) return std::nullopt;
  const bool answers = connect_to(directory).has_value();
  const std::optional<LifeLocks> locks = life_locks(directory + "/" + life_lock_name);
  const bool kept =
      answers || is_being_changed(directory) || (locks && (locks->held_by_holder || locks->held_by_recorder));
  const bool mended = answers && ask(directory, R"({"vigie": 1, "request": "record"})", answer_seconds).has_value();
  if (mended) record = read_record(directory);
  if (record) return std::move(*record);
  // A client makes the directory and then the record; `vigie rm` takes both at once.
  const std::int64_t changed_ns = about.st_mtim.tv_sec * nanoseconds_per_second + about.st_mtim.tv_nsec;
  if (!kept && error == ENOENT && now().wall_ns - changed_ns < half_made_ns) return std::nullopt;
  unreadable.push_back({.id = id, .directory = directory, .reason = record.error().message, .kept = kept});
  return std::nullopt;
}

/// Whether the text has the parts that every record of this run has, from the first byte to the last. Otherwise it is
/// read whole: it may be damaged.
bool looks_whole(std::string_view content, const std::string& id) {
  return content.starts_with('{') && content.ends_with("}\n") && content.contains("\"id\": \"" + id + "\"") &&
         content.contains("\"name\": \"");
}

}  // namespace

std::string describe(const UnreadableRun& run) {
  const std::string advice =
      run.kept ? "its keeper is there, and does not write it anew" : fmt::format("`vigie rm {}` removes it", run.id);
  return safe_text(fmt::format("the record of run {} cannot be read ({}): {}", run.id, run.reason, advice));
}

Result<const RunRecord*> RecordList::find(int runs, const std::string& id, const std::string& directory) {
  struct stat now_there{};
  Version version;
  if (::fstatat(runs, (id + "/run.json").c_str(), &now_there, AT_SYMLINK_NOFOLLOW) == 0) {
    version = {.inode = now_there.st_ino,
               .size = now_there.st_size,
               .changed_ns = now_there.st_ctim.tv_sec * nanoseconds_per_second + now_there.st_ctim.tv_nsec};
    if (const auto known = known_.find(id); known != known_.end() && known->second.version == version) {
      known->second.listed = true;
      return &std::as_const(known->second.record);
    }
  }
  ASSIGN_OR_RETURN(std::optional<RunRecord> read, read_or_mend(id, directory, unreadable_));
  std::optional<RunRecord>& record = read;
  if (!record) return nullptr;
  // A file written this very moment may be written again with the same time stamp.
  const bool settled = now().wall_ns - version.changed_ns > nanoseconds_per_second;
  return &std::as_const(
      known_.insert_or_assign(id, Known{settled ? version : Version{}, std::move(*record)}).first->second.record);
}

Result<std::vector<RunRecord>> RecordList::read() {
  ASSIGN_OR_RETURN(std::string path, runs_path());
  for (auto& entry : known_) entry.second.listed = false;
  unreadable_.clear();
  std::vector<RunRecord> records;
  Result<void> listed = for_each_run(path, [&](int runs, const std::string& id) -> Result<void> {
    ASSIGN_OR_RETURN(const RunRecord* record, find(runs, id, path + "/" + id));
    if (record != nullptr) records.push_back(*record);
    return {};
  });
  if (records.empty()) RETURN_IF_ERROR(say_what_is_no_directory(path));
  RETURN_IF_ERROR(listed);
  std::erase_if(known_, [](const auto& entry) { return !entry.second.listed; });
  return by_creation(std::move(records));
}

Result<std::vector<RunRecord>> list_records() {
  return RecordList().read();
}

Result<std::vector<RunRecord>> list_records_like(std::string_view text, std::vector<UnreadableRun>* unreadable) {
  ASSIGN_OR_RETURN(std::string path, runs_path());
  // Names and ids hold no letter that JSON writes in another way.
  const std::string mention = "\"" + std::string(text);
  std::vector<RunRecord> records;
  std::vector<UnreadableRun> others;
  Result<void> listed = for_each_run(path, [&](int /*runs*/, const std::string& id) -> Result<void> {
    const Result<std::string> content = read_run_file(path + "/" + id, "run.json");
    if (content && looks_whole(*content, id) && !content->contains(mention)) return {};
    ASSIGN_OR_RETURN(std::optional<RunRecord> record, read_or_mend(id, path + "/" + id, others));
    if (record) records.push_back(std::move(*record));
    return {};
  });
  RETURN_IF_ERROR(listed);
  if (unreadable != nullptr) std::ranges::move(others, std::back_inserter(*unreadable));
  return by_creation(std::move(records));
}

}  // namespace vigie::wire
