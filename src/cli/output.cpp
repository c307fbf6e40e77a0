#include "cli/output.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace vigie::cli {
namespace {

constexpr char output_failed[] = "cannot write to standard output";

int first_error = 0;  ///< of standard output

/// Returns 0 or the errno. Another process that shares the stream may have made it non-blocking: then put() waits.
int put(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(fd, text.data(), text.size());
    if (written >= 0) {
      text.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno == EAGAIN) {
      pollfd item{fd, POLLOUT, 0};
      ::poll(&item, 1, -1);
    } else if (errno != EINTR) {
      return errno;
    }
  }
  return 0;
}

}  // namespace

void open_standard_descriptors() {
  for (const int standard : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(standard, F_GETFD) >= 0 || errno != EBADF) continue;
    // The lowest free number is this one. Opened the wrong way round, so that its use fails as it would have failed.
    const int way = standard == STDIN_FILENO ? O_WRONLY : O_RDONLY;
    if (::open("/dev/null", way | O_NOCTTY) < 0) (void)::open("/", O_PATH);
  }
}

Result<void> write_output(std::string_view text) {
  const int error = put(STDOUT_FILENO, text);
  if (error == 0) return {};
  if (first_error == 0) first_error = error;
  return fail_errno(output_failed, error);
}

void write_error(std::string_view text) {
  (void)put(STDERR_FILENO, text);
}

bool is_of_output(const Error& error) {
  return first_error != 0 && error.message.starts_with(output_failed);
}

int end_of_output(int status) {
  if (first_error == 0) return status;
  if (first_error == EPIPE) {
    // The parent of vigie had SIGPIPE ignored: end as it would have ended us.
    ::signal(SIGPIPE, SIG_DFL);
    ::raise(SIGPIPE);
  }
  write_error("vigie: ");
  write_error(output_failed);
  write_error(": ");
  write_error(::strerror(first_error));
  write_error("\n");
  return std::max(status, exit_status(ErrorKind::failed));
}

}  // namespace vigie::cli
