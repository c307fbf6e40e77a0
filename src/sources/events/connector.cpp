#include "sources/events/connector.hpp"

#include <arpa/inet.h>
#include <linux/connector.h>
#include <linux/filter.h>
#include <linux/netlink.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <limits>
#include <string_view>

namespace vigie::events {
namespace {

using Bytes = std::span<const unsigned char>;

// Of cn_proc.h, whose enumerations moved between versions of the kernel.
constexpr std::uint32_t listen_request = 1, ignore_request = 2;
constexpr std::uint32_t none_event = 0, fork_event = 1, exec_event = 2, exit_event = 0x80000000;

// Where things are in a datagram: a header of netlink, one of the connector, then struct proc_event.
constexpr std::uint32_t connector_at = NLMSG_HDRLEN;
constexpr std::uint32_t event_at = connector_at + sizeof(cn_msg);
constexpr std::uint32_t time_at = event_at + 8;
constexpr std::uint32_t data_at = event_at + 16;

/// Room for a fork storm while a scan is under way; users are allowed less.
constexpr int receive_buffer = 64 << 20;

/// The initial PID namespace is always number PROC_PID_INIT_INO (include/linux/proc_ns.h).
constexpr std::string_view initial_pid_namespace = "pid:[4026531836]";

template <class Number>
Number number_at(Bytes bytes, std::size_t at) {
  Number value{};
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return value;
}

/// The event in one whole message of the connector; false for those that are not asked about.
bool parse_event(Bytes message, ProcessEvent& event) {
  if (message.size() < data_at + 16) return false;
  const auto time = number_at<std::uint64_t>(message, time_at);
  if (time > std::numeric_limits<std::int64_t>::max() / 2) return false;
  event.boot_ns = static_cast<std::int64_t>(time);
  const auto pid_at = [&](std::size_t index) { return number_at<pid_t>(message, data_at + index * sizeof(pid_t)); };
  switch (number_at<std::uint32_t>(message, event_at)) {
    case fork_event:
      event.kind = ProcessEvent::Kind::fork;
      event.parent = pid_at(1);
      event.tid = pid_at(2);
      event.pid = pid_at(3);
      break;
    case exec_event:
      event.kind = ProcessEvent::Kind::exec;
      event.tid = pid_at(0);
      event.pid = pid_at(1);
      break;
    case exit_event:
      event.kind = ProcessEvent::Kind::exit;
      event.tid = pid_at(0);
      event.pid = pid_at(1);
      event.wait_status = static_cast<int>(number_at<std::uint32_t>(message, data_at + 8) & 0xffffU);
      // Told since Linux 4.18.
      if (message.size() >= data_at + 24) event.parent = std::max(pid_at(5), 0);
      break;
    default: return false;
  }
  // A pid of 0 is a process that this namespace does not see.
  return event.pid > 0 && event.tid > 0 && event.parent >= 0;
}

/// Leaves out births of threads, and all other events that are not asked about. Filters see numbers in the network's
/// order (Documentation/networking/filter.rst).
bool filter_kinds(int fd) {
  sock_filter program[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, event_at),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htonl(exit_event), 7, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htonl(exec_event), 6, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htonl(none_event), 5, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htonl(fork_event), 0, 5),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, data_at + 8),  // the child's thread
      BPF_STMT(BPF_MISC | BPF_TAX, 0),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, data_at + 12),  // its process
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_X, 0, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, 0xffffffff),
      BPF_STMT(BPF_RET | BPF_K, 0),
  };
  const sock_fprog filter{.len = static_cast<unsigned short>(std::size(program)), .filter = program};
  return ::setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter) == 0;
}

bool send_request(int fd, std::uint32_t what, std::uint32_t number) {
  alignas(nlmsghdr) unsigned char request[event_at + sizeof what] = {};
  nlmsghdr header{};
  header.nlmsg_len = sizeof request;
  header.nlmsg_type = NLMSG_DONE;
  cn_msg message{};
  message.id = {.idx = CN_IDX_PROC, .val = CN_VAL_PROC};
  message.ack = number;
  message.len = sizeof what;
  std::memcpy(request, &header, sizeof header);
  std::memcpy(request + connector_at, &message, sizeof message);
  std::memcpy(request + event_at, &what, sizeof what);
  return ::send(fd, request, sizeof request, 0) == static_cast<ssize_t>(sizeof request);
}

/// The socket that says goodbye when a signal ends the program, as Ctrl-C does: before Linux 6.6 the kernel would go on
/// making events for it.
std::atomic<int> listening_socket = -1;
static_assert(std::atomic<int>::is_always_lock_free);

void say_goodbye(int signal) {
  const int error = errno;
  if (const int fd = listening_socket.exchange(-1); fd >= 0) send_request(fd, ignore_request, 0);
  errno = error;
  ::raise(signal);  // ends the program once this returns: the handler is gone
}

void say_goodbye_on_signals(int fd) {
  listening_socket = fd;
  for (const int signal : {SIGHUP, SIGINT, SIGTERM, SIGPIPE}) {
    struct sigaction action{};
    if (::sigaction(signal, nullptr, &action) != 0 || action.sa_handler != SIG_DFL) continue;
    action.sa_handler = say_goodbye;
    action.sa_flags = static_cast<int>(SA_RESETHAND);
    ::sigaction(signal, &action, nullptr);
  }
}

std::unexpected<Error> refused(std::string_view call, int errno_value) {
  return std::unexpected(
      Error{.message = "may not listen to process events (" + std::string(call) + ": " + ::strerror(errno_value) +
                       "): before Linux 6.6 that takes CAP_NET_ADMIN; as root (sudo) it works, or after: sudo setcap "
                       "cap_net_admin+ep on the vigie binary",
            .kind = ErrorKind::denied,
            .errno_value = errno_value});
}

std::unexpected<Error> not_told(const Root& root) {
  char name[64];
  const ssize_t length = ::readlinkat(root.proc(), "self/ns/pid", name, sizeof name);
  const bool initial = length < 0 || std::string_view(name, static_cast<std::size_t>(length)) == initial_pid_namespace;
  return fail(initial
                  ? "this kernel does not tell process events here: it was built without CONFIG_PROC_EVENTS, or this "
                    "is a user namespace of its own; look from outside of the container"
                  : "the kernel tells process events in the initial PID namespace only, and this is a container: "
                    "look from the host, or start the container with the host's PID and network namespaces");
}

}  // namespace

std::optional<Acknowledgement> parse_datagram(Bytes datagram, std::vector<ProcessEvent>& events) {
  std::optional<Acknowledgement> answer;
  while (datagram.size() >= event_at + 4) {
    const auto length = number_at<std::uint32_t>(datagram, 0);
    if (length < event_at + 4 || length > datagram.size()) break;
    const Bytes message = datagram.first(length);
    datagram = datagram.subspan(std::min<std::size_t>(NLMSG_ALIGN(std::size_t{length}), datagram.size()));
    const auto header = number_at<cn_msg>(message, connector_at);
    if (header.id.idx != CN_IDX_PROC || header.id.val != CN_VAL_PROC) continue;
    if (number_at<std::uint32_t>(message, event_at) == none_event && message.size() >= data_at + 4) {
      answer = {.number = header.ack, .errno_value = number_at<int>(message, data_at)};
      continue;
    }
    ProcessEvent event;
    if (parse_event(message, event)) events.push_back(event);
  }
  return answer;
}

Result<Connector> Connector::open(const Root& root) {
  if (!root.live()) return fail("process events are told of the live host only, not of a saved one (--root)");
  Fd socket(::socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_CONNECTOR));
  if (!socket && kind_of_errno(errno) == ErrorKind::denied) return refused("socket", errno);
  if (!socket) return fail("this kernel has no process events: it was built without CONFIG_CONNECTOR");
  if (::setsockopt(socket.get(), SOL_SOCKET, SO_RCVBUFFORCE, &receive_buffer, sizeof receive_buffer) != 0) {
    ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
  }
  // Before it is bound: nothing that the filter refuses gets in. Without it there is more to read, and nothing else.
  static_cast<void>(filter_kinds(socket.get()));
  sockaddr_nl address{};
  address.nl_family = AF_NETLINK;
  address.nl_groups = CN_IDX_PROC;
  if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    if (kind_of_errno(errno) == ErrorKind::denied) return refused("bind", errno);
    return fail_errno("cannot listen to process events", errno);
  }
  Connector connector(std::move(socket), static_cast<std::uint32_t>(monotonic_ns()));
  RETURN_IF_ERROR(connector.listen(root));
  return connector;
}

Result<void> Connector::listen(const Root& root) {
  if (!send_request(fd(), listen_request, number_)) {
    const int error = errno;
    if (error == ECONNREFUSED) {
      return fail(
          "the kernel tells process events in the initial network namespace only, and this is a container: "
          "look from the host, or start the container with the host's network and PID namespaces");
    }
    if (kind_of_errno(error) == ErrorKind::denied) return refused("send", error);
    return fail_errno("cannot ask for process events", error);
  }
  // The kernel answers before send returns, unless it ignores the request. It does so in other namespaces, where events
  // may still come because other processes listen.
  std::vector<ProcessEvent> before;
  const std::int64_t deadline = monotonic_ns() + nanoseconds_per_second / 5;
  for (pollfd waiting{.fd = fd(), .events = POLLIN, .revents = 0}; monotonic_ns() < deadline;) {
    std::optional<Acknowledgement> answer;
    receive(before, answer);
    before.clear();
    if (answer && answer->errno_value != 0) return refused("listen", answer->errno_value);
    if (answer) {
      say_goodbye_on_signals(fd());
      return {};
    }
    ::poll(&waiting, 1, 50);
  }
  return not_told(root);
}

Connector::~Connector() {
  if (!socket_) return;
  int own = fd();
  listening_socket.compare_exchange_strong(own, -1);
  send_request(fd(), ignore_request, number_);
}

bool Connector::receive(std::vector<ProcessEvent>& events) {
  std::optional<Acknowledgement> answer;
  return receive(events, answer);
}

bool Connector::receive(std::vector<ProcessEvent>& events, std::optional<Acknowledgement>& answer) {
  std::array<mmsghdr, batch> messages{};
  std::array<iovec, batch> parts{};
  std::array<sockaddr_nl, batch> senders{};
  for (std::size_t index = 0; index < batch; ++index) {
    parts[index] = {.iov_base = buffer_[index].data(), .iov_len = datagram_size};
    messages[index].msg_hdr.msg_iov = &parts[index];
    messages[index].msg_hdr.msg_iovlen = 1;
    messages[index].msg_hdr.msg_name = &senders[index];
    messages[index].msg_hdr.msg_namelen = sizeof senders[index];
  }
  const int got = ::recvmmsg(fd(), messages.data(), batch, MSG_DONTWAIT, nullptr);
  if (got < 0 && errno == ENOBUFS) ++overruns_;
  if (got < 0) return errno == ENOBUFS || errno == EINTR;
  const std::size_t first = events.size();
  for (std::size_t index = 0; index < static_cast<std::size_t>(got); ++index) {
    // Only the kernel has port 0.
    if (senders[index].nl_pid != 0 || (messages[index].msg_hdr.msg_flags & MSG_TRUNC) != 0) continue;
    const auto said = parse_datagram(Bytes(buffer_[index].data(), messages[index].msg_len), events);
    if (said && said->number == number_ + 1) answer = said;
  }
  const std::int64_t asleep = now().boot_ns - monotonic_ns();
  for (std::size_t index = first; index < events.size(); ++index) events[index].boot_ns += asleep;
  return got > 0;
}

}  // namespace vigie::events
