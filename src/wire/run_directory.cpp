#include "wire/run_directory.hpp"

#include <fcntl.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include <fmt/format.h>

#include "base/clock.hpp"
#include "base/file.hpp"

namespace vigie::wire {
namespace {

constexpr char wish_name[] = "wish.json";

Result<std::string> state_home() {
  if (const char* dir = std::getenv("XDG_STATE_HOME"); dir != nullptr && dir[0] == '/') return std::string(dir);
  if (const char* home = std::getenv("HOME"); home != nullptr && home[0] == '/') {
    return std::string(home) + "/.local/state";
  }
  const passwd* user = ::getpwuid(::geteuid());
  if (user == nullptr) return fail("cannot tell your home directory: set HOME or XDG_STATE_HOME");
  return std::string(user->pw_dir) + "/.local/state";
}

/// What cannot be made there for good, elsewhere can.
std::unexpected<Error> cannot(const std::string& what, int error) {
  std::unexpected<Error> failed = fail_errno(what, error);
  if (error == EROFS || error == EACCES || error == EPERM || error == EDQUOT)
    failed.error().message += ": set XDG_STATE_HOME to a directory that you may write in";
  return failed;
}

/// mkdir -p for directories above ours: made 0700 as the XDG base directory specification asks, never checked further.
Result<void> make_parents(const std::string& path) {
  for (std::size_t slash = path.find('/', 1);; slash = path.find('/', slash + 1)) {
    const std::string part = path.substr(0, slash);
    if (::mkdir(part.c_str(), 0700) != 0 && errno != EEXIST && errno != EISDIR) {
      const int error = errno;
      if (struct stat there{}; ::stat(part.c_str(), &there) != 0) return cannot("cannot create " + part, error);
    }
    if (slash == std::string::npos) return {};
  }
}

/// Our own directories must be real, ours and private: runs of others must not be steered through them.
Result<void> make_private(const std::string& path) {
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) return cannot("cannot create " + path, errno);
  struct stat info{};
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
  if ((info.st_mode & 0077) != 0 && ::chmod(path.c_str(), 0700) != 0) {
    return fail_errno("cannot make " + path + " private", errno);
  }
  if (::access(path.c_str(), W_OK | X_OK) != 0) return cannot("cannot write in state directory " + path, errno);
  return {};
}

/// Atomic as replace_file() is, with one sync at most, after the file has its name.
Result<void> put_file(int dir_fd, const std::string& name, std::string_view content, bool sync) {
  const std::string temporary = name + ".new." + std::to_string(::getpid());
  const Fd fd(::openat(dir_fd, temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!fd) return fail_errno("cannot create " + temporary, errno);
  int error = write_all(fd.get(), content);
  if (error == 0 && ::renameat(dir_fd, temporary.c_str(), dir_fd, name.c_str()) != 0) error = errno;
  if (error != 0) ::unlinkat(dir_fd, temporary.c_str(), 0);
  if (error == 0 && sync && ::fsync(fd.get()) != 0) error = errno;
  if (error != 0) return fail_errno("cannot write " + name, error);
  return {};
}

Result<void> append_line(const std::string& path, std::string_view line, bool durable) {
  const Fd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file) return fail_errno("cannot open " + path, errno);
  if (const int error = write_all(file.get(), line)) return fail_errno("cannot write " + path, error);
  if (durable && ::fdatasync(file.get()) != 0) return fail_errno("cannot make durable " + path, errno);
  return {};
}

}  // namespace

Result<std::string> runs_path() {
  Result<std::string> home = state_home();
  if (!home) return pass(std::move(home));
  return *home + "/vigie/runs";
}

Result<std::string> prepare_runs_directory() {
  return prepare_state_directory("runs");
}

Result<std::string> prepare_state_directory(const std::string& name) {
  Result<std::string> home = state_home();
  if (!home) return pass(std::move(home));
  if (Result<void> made = make_parents(*home); !made) return pass(std::move(made));
  const std::string vigie = *home + "/vigie";
  for (const std::string& dir : {vigie, vigie + "/" + name}) {
    if (Result<void> made = make_private(dir); !made) return pass(std::move(made));
  }
  return vigie + "/" + name;
}

Result<RunRecord> read_record(const std::string& directory) {
  Result<std::string> text = read_whole_file(directory + "/run.json");
  if (!text) return pass(std::move(text));
  if (text->empty()) return fail(directory + "/run.json: it is empty");
  Result<RunRecord> record = record_from_json(*text);
  if (!record) return fail(directory + "/run.json: " + record.error().message);
  record->directory = directory;
  if (struct stat there{}; ::stat(directory.c_str(), &there) == 0) record->owner = there.st_uid;
  return record;
}

Result<void> write_record(const RunRecord& record, Kept kept) {
  const Fd dir(::open(record.directory.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!dir) return fail_errno("cannot open " + record.directory, errno);
  Result<void> written = kept == Kept::surely ? replace_file(dir.get(), "run.json", to_json(record))
                                              : put_file(dir.get(), "run.json", to_json(record), kept == Kept::at_last);
  if (!written) {
    written.error().message = record.directory + ": " + written.error().message;
    return pass(std::move(written));
  }
  return {};
}

Result<void> write_wish(const RunRecord& record, const StopRequest& stop) {
  const Fd dir(::open(record.directory.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!dir) return fail_errno("cannot open " + record.directory, errno);
  return replace_file(dir.get(), wish_name, wish_to_json(record.attempt, stop));
}

std::optional<StopRequest> read_wish(const RunRecord& record) {
  const Result<std::string> text = read_whole_file(record.directory + "/" + wish_name);
  return text ? wish_from_json(*text, record.attempt) : std::nullopt;
}

void forget_wish(const std::string& directory) {
  ::unlink((directory + "/" + wish_name).c_str());
}

Result<void> append_event(const std::string& directory, std::string_view event, std::string_view extra) {
  return append_line(directory + "/events.jsonl",
                     fmt::format("{{\"time\": \"{}\", \"event\": \"{}\"{}{}}}\n", rfc3339(now().wall_ns), event,
                                 extra.empty() ? "" : ", ", extra),
                     false);
}

Result<void> append_attempt(const RunRecord& record) {
  const std::string path = record.directory + "/attempts.jsonl";
  const std::string before = read_whole_file(path).value_or("");
  const bool cut = !before.empty() && before.back() != '\n';  // by a disk that was full
  const std::string line = attempt_to_json(record);
  // A shim that takes over from one that was killed does its last steps again.
  const std::size_t last = cut || before.empty() ? before.size() : before.rfind('\n', before.size() - 2) + 1;
  if (before.substr(last).starts_with(line.substr(0, line.find(',') + 1))) return {};
  return append_line(path, cut ? "\n" + line : line, true);
}

}  // namespace vigie::wire
