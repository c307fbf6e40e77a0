#include "wire/record_list.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <functional>
#include <memory>

#include "base/clock.hpp"
#include "base/file.hpp"
#include "wire/run_directory.hpp"

namespace vigie::wire {
namespace {

/// Calls `each` with the open directory of runs and the name of every one in it. No error when nothing was ever run.
Result<void> for_each_run(const std::string& path, const std::function<void(int runs, const std::string& id)>& each) {
  const std::unique_ptr<DIR, int (*)(DIR*)> dir(::opendir(path.c_str()), ::closedir);
  if (dir == nullptr) return errno == ENOENT ? Result<void>() : fail_errno("cannot list " + path, errno);
  while (const dirent* entry = ::readdir(dir.get())) {
    if (entry->d_name[0] != '.') each(::dirfd(dir.get()), entry->d_name);
  }
  return {};
}

std::vector<RunRecord> by_creation(std::vector<RunRecord> records) {
  std::ranges::sort(records, {}, &RunRecord::created_wall_ns);
  return records;
}

}  // namespace

const RunRecord* RecordList::find(int runs, const std::string& id, const std::string& directory) {
  struct stat now_there{};
  if (::fstatat(runs, (id + "/run.json").c_str(), &now_there, 0) != 0) return nullptr;
  const Version version{.inode = now_there.st_ino,
                        .size = now_there.st_size,
                        .changed_ns = now_there.st_ctim.tv_sec * nanoseconds_per_second + now_there.st_ctim.tv_nsec};
  if (const auto known = known_.find(id); known != known_.end() && known->second.version == version) {
    known->second.listed = true;
    return &known->second.record;
  }
  Result<RunRecord> record = read_record(directory);
  if (!record) return nullptr;
  // What was written this very moment may be written again without a clock that tells.
  const bool settled = now().wall_ns - version.changed_ns > nanoseconds_per_second;
  return &known_.insert_or_assign(id, Known{settled ? version : Version{}, std::move(*record)}).first->second.record;
}

Result<std::vector<RunRecord>> RecordList::read() {
  Result<std::string> path = runs_path();
  if (!path) return pass(std::move(path));
  for (auto& entry : known_) entry.second.listed = false;
  std::vector<RunRecord> records;
  Result<void> listed = for_each_run(*path, [&](int runs, const std::string& id) {
    if (const RunRecord* record = find(runs, id, *path + "/" + id)) records.push_back(*record);
  });
  if (!listed) return pass(std::move(listed));
  std::erase_if(known_, [](const auto& entry) { return !entry.second.listed; });
  return by_creation(std::move(records));
}

Result<std::vector<RunRecord>> list_records() {
  return RecordList().read();
}

Result<std::vector<RunRecord>> list_records_like(std::string_view text) {
  Result<std::string> path = runs_path();
  if (!path) return pass(std::move(path));
  // Names and ids hold no letter that JSON writes in another way.
  const std::string mention = "\"" + std::string(text);
  std::vector<RunRecord> records;
  std::string content;
  Result<void> listed = for_each_run(*path, [&](int runs, const std::string& id) {
    if (read_file(runs, (id + "/run.json").c_str(), content) != 0 || !content.contains(mention)) return;
    if (Result<RunRecord> record = read_record(*path + "/" + id)) records.push_back(std::move(*record));
  });
  if (!listed) return pass(std::move(listed));
  return by_creation(std::move(records));
}

}  // namespace vigie::wire
