#include "wire/socket.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <optional>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "wire/json_text.hpp"
#include "wire/progress_json.hpp"
#include "wire/status.hpp"

namespace vigie::wire {
namespace {

using nlohmann::json;

Result<Fd> open_directory(const std::string& directory) {
  Fd dir(::open(directory.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!dir) return fail_errno("cannot open " + directory, errno);
  return dir;
}

/// sun_path holds 107 bytes; a state directory may be deeper. /proc/self/fd names the open directory in a few.
sockaddr_un address_in(const Fd& dir) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  fmt::format_to_n(address.sun_path, sizeof address.sun_path - 1, "/proc/self/fd/{}/sock", dir.get());
  return address;
}

/// The user at the other end; nothing when it hung up.
std::optional<uid_t> user_at(const Fd& client) {
  ucred peer{};
  socklen_t length = sizeof peer;
  if (::getsockopt(client.get(), SOL_SOCKET, SO_PEERCRED, &peer, &length) != 0) return std::nullopt;
  return peer.uid;
}

}  // namespace

bool wait_for(int fd, short events, double seconds) {
  pollfd item{fd, events, 0};
  int ready = 0;
  do {
    ready = ::poll(&item, 1, seconds < 0 ? -1 : static_cast<int>(seconds * 1000));
  } while (ready < 0 && errno == EINTR);
  return ready > 0;
}

Result<Fd> listen_in(const std::string& directory) {
  ASSIGN_OR_RETURN(Fd dir, open_directory(directory));
  Fd listener(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!listener) return fail_errno("cannot make a socket", errno);
  ::unlinkat(dir.get(), "sock", 0);
  const sockaddr_un address = address_in(dir);
  const mode_t mask = ::umask(0177);
  const int bound = ::bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
  const int error = errno;
  ::umask(mask);
  if (bound != 0) return fail_errno("cannot bind " + directory + "/sock", error);
  if (::listen(listener.get(), 16) != 0) return fail_errno("cannot listen on " + directory + "/sock", errno);
  return listener;
}

Fd accept_own(const Fd& listener) {
  Fd client(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
  if (!client) return {};
  const std::optional<uid_t> peer = user_at(client);
  return peer == ::geteuid() || peer == 0U ? std::move(client) : Fd();
}

bool is_roots(const Fd& client) {
  return ::geteuid() != 0 && user_at(client) == 0U;
}

ssize_t receive(const Fd& connection, std::string& packet) {
  // Its length first: room for the largest one would stay with an idle run.
  const ssize_t length = ::recv(connection.get(), nullptr, 0, MSG_PEEK | MSG_TRUNC);
  if (length <= 0) return length;
  packet.resize(std::min(static_cast<std::size_t>(length), largest_packet));
  return ::recv(connection.get(), packet.data(), packet.size(), 0);
}

Result<Fd> connect_to(const std::string& directory) {
  ASSIGN_OR_RETURN(Fd dir, open_directory(directory));
  Fd socket(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket) return fail_errno("cannot make a socket", errno);
  const sockaddr_un address = address_in(dir);
  // A link would lead to the keeper of another run; the kernel tells whose keeper it is.
  struct stat dir_info{};
  struct stat info{};
  if (::fstat(dir.get(), &dir_info) != 0) return fail_errno("cannot examine " + directory, errno);
  const bool there = ::fstatat(dir.get(), "sock", &info, AT_SYMLINK_NOFOLLOW) == 0;
  if (there && (!S_ISSOCK(info.st_mode) || info.st_uid != dir_info.st_uid))
    return fail("the file at this run's socket is not its keeper's", ErrorKind::denied);
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return fail_errno("the keeper of this run does not answer", errno);
  }
  if (user_at(socket) != dir_info.st_uid)
    return fail("the keeper of this run belongs to another user than the run", ErrorKind::denied);
  return socket;
}

Result<std::string> exchange(const Fd& connection, std::string_view request, double timeout_seconds) {
  if (::send(connection.get(), request.data(), request.size(), MSG_NOSIGNAL) < 0) {
    return fail_errno("cannot send to the keeper of this run", errno);
  }
  if (!wait_for(connection.get(), POLLIN, timeout_seconds)) {
    return fail(fmt::format("the keeper of this run did not answer within {} s", timeout_seconds));
  }
  std::string answer(largest_packet, '\0');
  const ssize_t got = ::recv(connection.get(), answer.data(), answer.size(), 0);
  if (got <= 0) return fail_errno("the keeper of this run hung up", got < 0 ? errno : ECONNRESET);
  answer.resize(static_cast<std::size_t>(got));
  return answer;
}

Result<std::string> ask(const std::string& directory, std::string_view request, double timeout_seconds) {
  const Result<Fd> connection = connect_to(directory);
  RETURN_IF_ERROR(connection);
  return exchange(*connection, request, timeout_seconds);
}

Result<void> ask_stop(const RunRecord& record, const StopRequest& stop) {
  const std::string request = request_for("stop", [&](JsonWriter& json) {
    json.member("signal", stop.signal);
    json.member("grace_seconds", stop.grace_seconds);
    if (!stop.wait_checkpoint.empty()) json.member("wait_checkpoint", stop.wait_checkpoint);
  });
  ASSIGN_OR_RETURN(std::string answer, ask(record.directory, request, 5));
  const json parsed = parse_json(answer);
  try {
    if (parsed.value("ok", false)) return {};
    return fail(parsed.value("error", "the keeper of this run refused"));
  } catch (const json::exception&) {
    return fail("the keeper of this run answered nonsense");
  }
}

Result<void> tell_signal(const RunRecord& record, int signal) {
  RETURN_IF_ERROR(
      ask(record.directory, request_for("signalled", [&](JsonWriter& json) { json.member("signal", signal); }), 1));
  return {};
}

Reading<Progress> ask_progress(const RunRecord& record, double timeout_seconds) {
  const Result<std::string> answer =
      ask(record.directory, request_for("progress", [](JsonWriter&) {}), timeout_seconds);
  if (answer) {
    const json parsed = parse_json(*answer);
    if (parsed.is_object() && parsed.contains("progress")) return progress_from_json(parsed["progress"]);
    return Presence::unknown;
  }
  if (record.last_progress) return Reading<Progress>::stale(*record.last_progress);
  return Presence::unknown;
}

}  // namespace vigie::wire
