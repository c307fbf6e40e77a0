#include "wire/run_directory.hpp"

#include <fcntl.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>

#include <fmt/format.h>

#include "base/clock.hpp"
#include "base/file.hpp"
#include "wire/run_file.hpp"

namespace vigie::wire {
namespace {

constexpr char wish_name[] = "wish.json", end_name[] = "end.json";

Result<std::string> state_home() {
  if (const char* dir = std::getenv("XDG_STATE_HOME"); dir != nullptr && dir[0] == '/') return std::string(dir);
  if (const char* home = std::getenv("HOME"); home != nullptr && home[0] == '/') {
    return std::string(home) + "/.local/state";
  }
  const passwd* user = ::getpwuid(::geteuid());
  if (user == nullptr) return fail("cannot tell your home directory: set HOME or XDG_STATE_HOME");
  return std::string(user->pw_dir) + "/.local/state";
}

/// If the directory can never be made there, another one can be made elsewhere.
std::unexpected<Error> cannot(const std::string& what, int error) {
  std::unexpected<Error> failed = fail_errno(what, error);
  if (error == EROFS || error == EACCES || error == EPERM || error == EDQUOT)
    failed.error().message += ": set XDG_STATE_HOME to a directory that you may write in";
  return failed;
}

/// Root with another user's HOME would make directories there that belong to root, and that user could not use them.
Result<void> refuse_home_of_others(const std::string& path) {
  struct stat there{};
  std::string deepest = path;
  while (::stat(deepest.c_str(), &there) != 0 && deepest.size() > 1)
    deepest.resize(std::max<std::size_t>(1, deepest.rfind('/')));
  if (deepest == path || there.st_uid == ::geteuid() || there.st_uid == 0) return {};
  return fail(fmt::format("refusing to make {}: {} belongs to uid {}, not to you (uid {}); set HOME or XDG_STATE_HOME",
                          path, deepest, there.st_uid, ::geteuid()),
              ErrorKind::denied);
}

/// mkdir -p for directories above ours: made 0700 as the XDG base directory specification asks, never checked further.
Result<void> make_parents(const std::string& path) {
  RETURN_IF_ERROR(refuse_home_of_others(path));
  for (std::size_t slash = path.find('/', 1);; slash = path.find('/', slash + 1)) {
    const std::string part = path.substr(0, slash);
    if (::mkdir(part.c_str(), 0700) != 0 && errno != EEXIST && errno != EISDIR) {
      const int error = errno;
      if (struct stat there{}; ::stat(part.c_str(), &there) != 0) return cannot("cannot create " + part, error);
    }
    if (slash == std::string::npos) return {};
  }
}

/// Our own directories must be real and ours: runs of others must not be steered through them, nor ours by others.
Result<void> refuse_foreign(const std::string& path, struct stat& info) {
  if (::lstat(path.c_str(), &info) != 0) return fail_errno("cannot examine " + path, errno);
  if (S_ISLNK(info.st_mode)) {
    return fail("refusing state directory " + path + ": it is a symbolic link; remove it or set XDG_STATE_HOME");
  }
  if (!S_ISDIR(info.st_mode)) return fail("refusing state directory " + path + ": it is not a directory");
  if (info.st_uid != ::geteuid()) {
    return fail(fmt::format("refusing state directory {}: it belongs to uid {}, not to you (uid {})", path, info.st_uid,
                            ::geteuid()),
                ErrorKind::denied);
  }
  return {};
}

/// ... and private.
Result<void> make_private(const std::string& path) {
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) return cannot("cannot create " + path, errno);
  struct stat info{};
  RETURN_IF_ERROR(refuse_foreign(path, info));
  if ((info.st_mode & 0077) != 0 && ::chmod(path.c_str(), 0700) != 0) {
    return fail_errno("cannot make " + path + " private", errno);
  }
  if (::access(path.c_str(), W_OK | X_OK) != 0) return cannot("cannot write in state directory " + path, errno);
  return {};
}

/// Atomic as replace_file() is, with one sync at most, after the file has its name.
Result<void> put_file(int dir_fd, const std::string& name, std::string_view content, bool sync) {
  const std::string temporary = name + ".new." + std::to_string(::getpid());
  const Result<Fd> fd = create_own_file(dir_fd, temporary);
  RETURN_IF_ERROR(fd);
  int error = write_all(fd->get(), content);
  if (error == 0 && ::renameat(dir_fd, temporary.c_str(), dir_fd, name.c_str()) != 0) error = errno;
  if (error != 0) ::unlinkat(dir_fd, temporary.c_str(), 0);
  if (error == 0 && sync && ::fsync(fd->get()) != 0) error = errno;
  if (error != 0) return fail_errno("cannot write " + name, error);
  return {};
}

/// Makes the file where it is not there yet, unless that would be a file of ours in another user's directory.
Result<void> append_line(const std::string& directory, const std::string& name, std::string_view line, bool durable) {
  ASSIGN_OR_RETURN(RunPlace place, open_run(directory));
  const int create = place.owner == ::geteuid() ? O_CREAT : 0;
  ASSIGN_OR_RETURN(Fd file, open_file(place, name, O_WRONLY | O_APPEND | create));
  if (const int error = write_all(file.get(), line))
    return fail_errno(fmt::format("cannot write {}/{}", directory, name), error);
  if (durable && ::fdatasync(file.get()) != 0)
    return fail_errno(fmt::format("cannot make durable {}/{}", directory, name), errno);
  return {};
}

}  // namespace

Result<std::string> runs_path() {
  ASSIGN_OR_RETURN(std::string home, state_home());
  return home + "/vigie/runs";
}

Result<void> check_own(const RunRecord& record) {
  const std::string runs = record.directory.substr(0, record.directory.rfind('/'));
  struct stat info{};
  for (const std::string& dir : {runs.substr(0, runs.rfind('/')), runs}) {
    RETURN_IF_ERROR(refuse_foreign(dir, info));
  }
  ASSIGN_OR_RETURN(RunPlace place, open_own_run(record.directory));
  if (record.owner == place.owner) return {};  // it was read there: between two looks the directory can be another
  return fail(record.directory + " has changed while it was looked at", ErrorKind::denied);
}

Result<std::string> prepare_runs_directory() {
  return prepare_state_directory("runs");
}

Result<std::string> prepare_state_directory(const std::string& name) {
  ASSIGN_OR_RETURN(std::string home, state_home());
  RETURN_IF_ERROR(make_parents(home));
  const std::string vigie = home + "/vigie";
  for (const std::string& dir : {vigie, vigie + "/" + name}) {
    RETURN_IF_ERROR(make_private(dir));
  }
  return vigie + "/" + name;
}

Result<void> make_directory_anew(const std::string& directory) {
  ASSIGN_OR_RETURN(std::string runs, prepare_runs_directory());
  if (directory.substr(0, directory.rfind('/')) != runs) return fail(directory + " is not in " + runs);
  if (::mkdir(directory.c_str(), 0700) != 0) return fail_errno("cannot create " + directory, errno);
  return keep_room(directory);
}

Result<RunRecord> read_record(const std::string& directory) {
  uid_t owner = 0;
  ASSIGN_OR_RETURN(std::string text, read_run_file(directory, "run.json", largest_file, &owner));
  if (text.empty()) return fail(directory + "/run.json: it is empty");
  Result<RunRecord> record = record_from_json(text);
  if (!record) return fail(directory + "/run.json: " + record.error().message);
  // Control groups, sockets and processes are told by the id: it must be this run's.
  if (directory.substr(directory.rfind('/') + 1) != record->id)
    return fail(directory + "/run.json: it is the record of another run");
  record->directory = directory;
  record->owner = owner;
  if (!is_over(record->state)) {
    const Result<std::string> end = read_run_file(directory, end_name);
    if (end && !end->empty()) (void)add_end_from_json(*end, *record);
  }
  return record;
}

Result<RunRecord> read_own_record(const std::string& directory) {
  Result<RunRecord> record = read_record(directory);
  if (record && record->owner != ::geteuid())
    return fail_errno(directory + ": its record belongs to another user", EACCES);
  return record;
}

namespace {

/// Moves a directory away that stands where a file of the run belongs: the file would never be written again. Nothing
/// in it is lost.
void set_directory_aside(int dir_fd, const std::string& name) {
  struct stat there{};
  if (::fstatat(dir_fd, name.c_str(), &there, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISDIR(there.st_mode)) return;
  constexpr int most = 10;
  for (int number = 0; number < most; ++number) {
    const std::string aside = fmt::format("{}.directory.{}", name, number);
    if (::fstatat(dir_fd, aside.c_str(), &there, AT_SYMLINK_NOFOLLOW) == 0) continue;
    ::renameat(dir_fd, name.c_str(), dir_fd, aside.c_str());
    return;
  }
}

}  // namespace

Result<void> write_record(const RunRecord& record, Kept kept) {
  ASSIGN_OR_RETURN(RunPlace place, open_own_run(record.directory));
  const int dir = place.fd.get();
  set_directory_aside(dir, "run.json");
  Result<void> written = kept == Kept::surely ? replace_file(dir, "run.json", to_json(record))
                                              : put_file(dir, "run.json", to_json(record), kept == Kept::at_last);
  if (!written) {
    written.error().message = record.directory + ": " + written.error().message;
    return pass(std::move(written));
  }
  return {};
}

namespace {

constexpr std::size_t kept_room = 4096;

/// Writes in the room that is kept for it, so that it needs none on a full disk: JSON allows blanks behind it. One
/// write: a power cut leaves all of it or nothing.
Result<void> put_in_room(const RunPlace& place, const std::string& name, std::string content) {
  ASSIGN_OR_RETURN(Fd file, open_file(place, name, O_WRONLY | O_CREAT));
  content.resize(std::max(content.size(), kept_room), ' ');
  const ssize_t put = ::pwrite(file.get(), content.data(), content.size(), 0);
  if (put != static_cast<ssize_t>(content.size())) return fail_errno("cannot write " + name, put < 0 ? errno : ENOSPC);
  if (::fdatasync(file.get()) != 0) return fail_errno("cannot make durable " + name, errno);
  return {};
}

}  // namespace

Result<void> write_wish(const RunRecord& record, const StopRequest& stop) {
  const Result<RunPlace> place = open_own_run(record.directory);
  RETURN_IF_ERROR(place);
  return put_in_room(*place, wish_name, wish_to_json(record.attempt, stop));
}

std::optional<StopRequest> read_wish(const RunRecord& record) {
  const Result<std::string> text = read_run_file(record.directory, wish_name);
  return text ? wish_from_json(*text, record.attempt) : std::nullopt;
}

Result<void> write_end(const RunRecord& record) {
  const Result<RunPlace> place = open_own_run(record.directory);
  RETURN_IF_ERROR(place);
  constexpr std::size_t longest_reason = 1000;
  RunRecord end = record;
  end.last_progress.reset();
  if (end.exit && end.exit->reason.size() > longest_reason) end.exit->reason.resize(longest_reason);
  return put_in_room(*place, end_name, attempt_to_json(end));
}

Result<void> keep_room(const std::string& directory) {
  const Result<RunPlace> place = open_own_run(directory);
  RETURN_IF_ERROR(place);
  Result<void> wish = put_in_room(*place, wish_name, {});
  return wish ? put_in_room(*place, end_name, {}) : wish;
}

Result<void> append_event(const std::string& directory, std::string_view event, std::string_view extra) {
  return append_line(directory, "events.jsonl",
                     fmt::format("{{\"time\": \"{}\", \"event\": \"{}\"{}{}}}\n", rfc3339(now().wall_ns), event,
                                 extra.empty() ? "" : ", ", extra),
                     false);
}

namespace {

/// `{"attempt":7`, as an older vigie wrote it, too.
std::string first_member(std::string_view line) {
  std::string member(line.substr(0, line.find(',')));
  std::erase(member, ' ');
  return member;
}

}  // namespace

Result<void> append_attempt(const RunRecord& record) {
  constexpr std::size_t longest_line = 1 << 20;
  const std::string before = read_own_tail(record.directory + "/attempts.jsonl", longest_line).value_or("");
  const bool cut = !before.empty() && before.back() != '\n';  // by a disk that was full
  const std::string line = attempt_to_json(record);
  // A recorder that takes over from one that was killed does its last steps again.
  const std::size_t last = cut || before.empty() ? before.size() : before.rfind('\n', before.size() - 2) + 1;
  if (first_member(std::string_view(before).substr(last)) == first_member(line)) return {};
  return append_line(record.directory, "attempts.jsonl", cut ? "\n" + line : line, true);
}

}  // namespace vigie::wire
