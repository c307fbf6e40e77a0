#include "act/log/file_log.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <string_view>

#include <fmt/format.h>

#include "base/fd.hpp"
#include "base/text.hpp"
#include "control/process.hpp"
#include "terminal/log_view.hpp"

namespace vigie::act {
namespace {

/// The target of a process's descriptor, as the kernel names it.
std::string target_of(pid_t pid, int descriptor) {
  char text[4096];
  const ssize_t got = ::readlink(fmt::format("/proc/{}/fd/{}", pid, descriptor).c_str(), text, sizeof text);
  return got > 0 ? std::string(text, static_cast<std::size_t>(got)) : std::string();
}

struct OutputFile {
  Fd fd;
  std::string path;
};

/// Opened through the process: under any path in another namespace, and also when it has no path any more.
std::optional<OutputFile> open_output(pid_t pid) {
  for (const int descriptor : {STDOUT_FILENO, STDERR_FILENO}) {
    const std::string link = fmt::format("/proc/{}/fd/{}", pid, descriptor);
    struct stat about{};
    if (::stat(link.c_str(), &about) != 0 || !S_ISREG(about.st_mode)) continue;
    Fd fd(::open(link.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY));
    if (fd && ::fstat(fd.get(), &about) == 0 && S_ISREG(about.st_mode))
      return OutputFile{.fd = std::move(fd), .path = target_of(pid, descriptor)};
  }
  return std::nullopt;
}

std::string kind_of(const std::string& target) {
  if (target.empty()) return "where its output goes cannot be seen: it belongs to another user";
  if (target == "/dev/null") return "its output goes to /dev/null, that is nowhere";
  if (target.starts_with("/dev/pts/") || target.starts_with("/dev/tty"))
    return fmt::format("its output goes to the terminal {}, and what it printed is there alone", target);
  if (target.starts_with("pipe:"))
    return "its output goes through a pipe to another process (`vigie files` names both)";
  if (target.starts_with("socket:")) return "its output goes to a socket";
  return fmt::format("its output goes to {}, which cannot be read", target);
}

class FileShower {
 public:
  FileShower(const Fd& fd, const LogRequest& request, LogSink& sink) : fd_(fd), request_(request), sink_(sink) {}

  Result<void> begin() { return request_.lines ? begin_with_last_lines() : Result<void>(); }

  Result<void> show_what_is_there() {
    while (true) {
      const std::string bytes = read_some();
      if (bytes.empty()) return {};
      RETURN_IF_ERROR(sink_.write(request_.raw ? bytes : view_.show(bytes)));
    }
  }
  Result<void> pause() { return sink_.write(request_.raw ? "" : view_.settle()); }
  Result<void> end() { return sink_.write(request_.raw ? "" : view_.end()); }

 private:
  std::string read_some() {
    struct stat about{};
    if (::fstat(fd_.get(), &about) == 0 && about.st_size < offset_) offset_ = 0;  // written anew
    std::string bytes(64 << 10, '\0');
    const ssize_t got = ::pread(fd_.get(), bytes.data(), bytes.size(), offset_);
    bytes.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    offset_ += std::max<ssize_t>(got, 0);
    return bytes;
  }

  /// Reads backwards in ever larger pieces until they hold enough lines.
  Result<void> begin_with_last_lines() {
    constexpr off_t first_tail = 64 << 10;
    struct stat about{};
    if (::fstat(fd_.get(), &about) != 0) return fail_errno("cannot read its output", errno);
    for (off_t size = first_tail;; size *= 4) {
      const bool whole = size >= about.st_size;
      offset_ = whole ? 0 : about.st_size - size;
      view_ = terminal::LogView();
      std::string text;
      while (offset_ < about.st_size) {
        const std::string bytes = read_some();
        if (bytes.empty()) break;
        text += request_.raw ? bytes : view_.show(bytes);
      }
      if (!request_.raw) text += request_.follow ? view_.settle() : view_.end();
      if (whole || static_cast<std::size_t>(std::ranges::count(text, '\n')) > *request_.lines)
        return sink_.write(*request_.lines == 0 ? std::string_view() : last_lines(text, *request_.lines));
    }
  }

  const Fd& fd_;
  LogRequest request_;
  LogSink& sink_;
  terminal::LogView view_;
  off_t offset_ = 0;
};

}  // namespace

Result<void> show_output_file(const std::string& name, ProcessId process, const LogRequest& request, LogSink& sink) {
  if (request.since_wall_ns)
    return fail("--since is not possible: it is known of vigie's own runs alone when they printed what",
                ErrorKind::usage);
  const Result<Fd> alive = control::open_process(process);
  const std::optional<OutputFile> output = open_output(process.pid);
  if (!output) {
    return fail(fmt::format("{} was not started by vigie, and there is no log of it: {}", safe_text(name),
                            safe_text(kind_of(target_of(process.pid, STDOUT_FILENO)))));
  }
  sink.remark(fmt::format("{} was not started by vigie: this is {}, where its output goes", name, output->path));
  const Fd watch(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
  ::inotify_add_watch(watch.get(), fmt::format("/proc/self/fd/{}", output->fd.get()).c_str(), IN_MODIFY);
  FileShower shower(output->fd, request, sink);
  Result<void> done = shower.begin();
  while (done) {
    // Checked before reading, so that output written before the end is read after it.
    const bool over = !request.follow || !alive || control::wait_for_end(*alive, 0);
    done = shower.show_what_is_there();
    if (!done || over) break;
    done = shower.pause();
    pollfd items[]{{watch.get(), POLLIN, 0}, {alive->get(), POLLIN, 0}};
    (void)::poll(items, 2, -1);
    char events[4096];
    while (::read(watch.get(), events, sizeof events) > 0) {
    }
  }
  return done ? shower.end() : done;
}

}  // namespace vigie::act
