#include "sources/net/sock_diag.hpp"

#include <arpa/inet.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <linux/tcp.h>
#include <linux/unix_diag.h>
#include <net/if.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <memory>

#include "base/fd.hpp"

namespace vigie::net {
namespace {

using Bytes = std::span<const unsigned char>;

/// A struct at the beginning of the bytes, zero where they end early: kernels differ in how much they send.
template <class T>
T prefix_of(Bytes bytes) {
  T value{};
  std::memcpy(&value, bytes.data(), std::min(bytes.size(), sizeof value));
  return value;
}

/// Calls `take(type, payload)` for each attribute after `header` bytes.
template <class Take>
void each_attribute(Bytes message, std::size_t header, Take take) {
  std::size_t at = NLMSG_ALIGN(header);
  while (at + sizeof(nlattr) <= message.size()) {
    const auto attribute = prefix_of<nlattr>(message.subspan(at));
    if (attribute.nla_len < sizeof(nlattr) || attribute.nla_len > message.size() - at) return;
    take(attribute.nla_type & NLA_TYPE_MASK, message.subspan(at + NLA_HDRLEN, attribute.nla_len - NLA_HDRLEN));
    at += NLA_ALIGN(attribute.nla_len);
  }
}

std::uint64_t cookie_of(const __u32 (&halves)[2]) {
  return std::uint64_t{halves[1]} << 32 | halves[0];
}

Reading<TcpCounters> tcp_counters(Bytes bytes) {
  // Without the byte counters (before Linux 4.1) nothing here is worth a row.
  if (bytes.size() < offsetof(tcp_info, tcpi_bytes_received) + sizeof(tcp_info::tcpi_bytes_received)) {
    return Presence::unsupported;
  }
  const auto info = prefix_of<tcp_info>(bytes);
  TcpCounters counters;
  counters.received_bytes = info.tcpi_bytes_received;
  // bytes_acked counts the SYN too, and lags; what was sent is exact where the kernel tells (4.19).
  const bool tells_sent = bytes.size() >= offsetof(tcp_info, tcpi_bytes_retrans) + sizeof(tcp_info::tcpi_bytes_retrans);
  counters.sent_bytes = !tells_sent ? info.tcpi_bytes_acked
                        : info.tcpi_bytes_sent >= info.tcpi_bytes_retrans
                            ? info.tcpi_bytes_sent - info.tcpi_bytes_retrans
                            : 0;
  counters.retransmits = info.tcpi_total_retrans;
  counters.rtt_us = info.tcpi_rtt;
  counters.congestion_window = info.tcpi_snd_cwnd;
  counters.delivery_rate = Presence::unsupported;
  if (bytes.size() >= offsetof(tcp_info, tcpi_delivery_rate) + sizeof(tcp_info::tcpi_delivery_rate)) {
    counters.delivery_rate = std::uint64_t{info.tcpi_delivery_rate};
  }
  return counters;
}

Endpoint endpoint_of(std::uint8_t family, const __be32 (&address)[4], __be16 port) {
  Endpoint endpoint;
  endpoint.family = family == AF_INET6 ? 6 : 4;
  endpoint.port = ntohs(port);
  std::memcpy(endpoint.bytes.data(), address, endpoint.family == 6 ? 16 : 4);
  return endpoint;
}

bool parse_inet(Bytes message, Protocol protocol, SocketSample& socket) {
  if (message.size() < sizeof(inet_diag_msg)) return false;
  const auto header = prefix_of<inet_diag_msg>(message);
  if (header.idiag_family != AF_INET && header.idiag_family != AF_INET6) return false;
  socket.protocol = protocol;
  socket.state = static_cast<ConnectionState>(header.idiag_state);
  socket.local = endpoint_of(header.idiag_family, header.id.idiag_src, header.id.idiag_sport);
  socket.remote = endpoint_of(header.idiag_family, header.id.idiag_dst, header.id.idiag_dport);
  socket.cookie = cookie_of(header.id.idiag_cookie);
  socket.inode = header.idiag_inode;
  socket.uid = uid_t{header.idiag_uid};
  socket.receive_queue = std::uint64_t{header.idiag_rqueue};
  socket.send_queue = std::uint64_t{header.idiag_wqueue};
  socket.tcp = Presence::unsupported;
  if (header.id.idiag_if != 0) {
    char name[IF_NAMESIZE];
    if (::if_indextoname(header.id.idiag_if, name) != nullptr) socket.device = name;
  }
  if (protocol != Protocol::tcp || socket.state == ConnectionState::listen) return true;
  each_attribute(message, sizeof(inet_diag_msg), [&](int type, Bytes payload) {
    if (type == INET_DIAG_INFO) socket.tcp = tcp_counters(payload);
  });
  return true;
}

bool parse_unix(Bytes message, SocketSample& socket) {
  if (message.size() < sizeof(unix_diag_msg)) return false;
  const auto header = prefix_of<unix_diag_msg>(message);
  if (header.udiag_family != AF_UNIX) return false;
  switch (header.udiag_type) {
    case SOCK_STREAM: socket.protocol = Protocol::unix_stream; break;
    case SOCK_DGRAM: socket.protocol = Protocol::unix_datagram; break;
    case SOCK_SEQPACKET: socket.protocol = Protocol::unix_seqpacket; break;
    default: return false;
  }
  socket.state = static_cast<ConnectionState>(header.udiag_state);
  socket.cookie = cookie_of(header.udiag_cookie);
  socket.inode = header.udiag_ino;
  socket.tcp = Presence::unsupported;
  socket.uid = Presence::unsupported;
  socket.receive_queue = Presence::unsupported;
  socket.send_queue = Presence::unsupported;
  each_attribute(message, sizeof(unix_diag_msg), [&](int type, Bytes payload) {
    if (type == UNIX_DIAG_NAME) {
      socket.path.assign(payload.begin(), payload.end());
      if (socket.path.starts_with('\0')) {
        std::ranges::replace(socket.path, '\0', '@');  // abstract: as in /proc/net/unix
      } else {
        socket.path.resize(std::min(socket.path.find('\0'), socket.path.size()));
      }
    } else if (type == UNIX_DIAG_PEER && payload.size() >= sizeof(std::uint32_t)) {
      socket.peer_inode = prefix_of<std::uint32_t>(payload);
    } else if (type == UNIX_DIAG_RQLEN && payload.size() >= sizeof(unix_diag_rqlen)) {
      const auto queues = prefix_of<unix_diag_rqlen>(payload);
      socket.receive_queue = std::uint64_t{queues.udiag_rqueue};
      socket.send_queue = std::uint64_t{queues.udiag_wqueue};
    } else if (type == UNIX_DIAG_UID && payload.size() >= sizeof(std::uint32_t)) {
      socket.uid = uid_t{prefix_of<std::uint32_t>(payload)};
    }
  });
  return true;
}

bool is_unix(Protocol protocol) {
  return protocol == Protocol::unix_stream || protocol == Protocol::unix_datagram ||
         protocol == Protocol::unix_seqpacket;
}

struct Kind {
  Part part;
  Protocol protocol;
  std::uint8_t family;
  std::uint8_t ip_protocol;
};

template <class Request>
bool send_request(int fd, const Request& body) {
  struct {
    nlmsghdr header;
    Request body;
  } request{};
  request.header.nlmsg_len = sizeof request;
  request.header.nlmsg_type = SOCK_DIAG_BY_FAMILY;
  request.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  request.body = body;
  sockaddr_nl kernel{};
  kernel.nl_family = AF_NETLINK;
  return ::sendto(fd, &request, sizeof request, 0, reinterpret_cast<const sockaddr*>(&kernel), sizeof kernel) ==
         static_cast<ssize_t>(sizeof request);
}

constexpr std::uint32_t all_states = ~0U;
constexpr std::uint32_t no_state = 1U << 31U;  // which no socket is in: an empty answer

/// `states`: those of TCP sockets.
bool send_request(int fd, const Kind& kind, std::uint32_t states) {
  if (kind.family == AF_UNIX) {
    unix_diag_req body{};
    body.sdiag_family = AF_UNIX;
    body.udiag_states = all_states;
    body.udiag_show = UDIAG_SHOW_NAME | UDIAG_SHOW_PEER | UDIAG_SHOW_RQLEN | UDIAG_SHOW_UID;
    return send_request(fd, body);
  }
  inet_diag_req_v2 body{};
  body.sdiag_family = kind.family;
  body.sdiag_protocol = kind.ip_protocol;
  body.idiag_ext = kind.protocol == Protocol::tcp ? 1U << (INET_DIAG_INFO - 1) : 0;
  body.idiag_states = kind.protocol == Protocol::tcp ? states : all_states;
  return send_request(fd, body);
}

/// Receives one dump; 0 or the errno that ended it. After an error the socket may still hold the rest: not to be used
/// again.
int receive(int fd, Protocol protocol, std::span<unsigned char> buffer, std::vector<SocketSample>& sockets,
            bool& partial) {
  for (;;) {
    const ssize_t got = ::recv(fd, buffer.data(), buffer.size(), MSG_TRUNC);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return errno;
    if (static_cast<std::size_t>(got) > buffer.size()) return EMSGSIZE;
    const DumpState state = parse_dump(Bytes(buffer).first(static_cast<std::size_t>(got)), protocol, sockets);
    partial = partial || state.interrupted;
    if (state.error != 0) return state.error;
    if (state.done) return 0;
  }
}

}  // namespace

DumpState parse_dump(Bytes datagram, Protocol protocol, std::vector<SocketSample>& sockets) {
  DumpState state;
  if (datagram.empty()) state.error = EBADMSG;
  while (!datagram.empty() && !state.done && state.error == 0) {
    const auto header = prefix_of<nlmsghdr>(datagram);
    if (datagram.size() < sizeof header || header.nlmsg_len < sizeof header || header.nlmsg_len > datagram.size()) {
      state.error = EBADMSG;
      break;
    }
    const Bytes body = datagram.subspan(sizeof header, header.nlmsg_len - sizeof header);
    state.interrupted = state.interrupted || (header.nlmsg_flags & NLM_F_DUMP_INTR) != 0;
    if (header.nlmsg_type == NLMSG_DONE || header.nlmsg_type == NLMSG_ERROR) {
      // Both begin with a negative errno; a dump that ended well says 0 or nothing.
      const auto code = prefix_of<std::int32_t>(body);
      state.done = true;
      state.error = code < 0 && code >= -4095 ? -code : 0;
    } else if (header.nlmsg_type == SOCK_DIAG_BY_FAMILY) {
      SocketSample& socket = sockets.emplace_back();
      if (!(is_unix(protocol) ? parse_unix(body, socket) : parse_inet(body, protocol, socket))) sockets.pop_back();
    }
    datagram = datagram.subspan(std::min<std::size_t>(NLMSG_ALIGN(std::size_t{header.nlmsg_len}), datagram.size()));
  }
  return state;
}

Parts dump_sockets(Parts what, std::vector<SocketSample>& sockets, bool& partial) {
  constexpr Kind kinds[] = {
      {Part::tcp, Protocol::tcp, AF_INET, IPPROTO_TCP},        {Part::tcp, Protocol::tcp, AF_INET6, IPPROTO_TCP},
      {Part::udp, Protocol::udp, AF_INET, IPPROTO_UDP},        {Part::udp, Protocol::udp, AF_INET6, IPPROTO_UDP},
      {Part::raw, Protocol::raw, AF_INET, IPPROTO_RAW},        {Part::raw, Protocol::raw, AF_INET6, IPPROTO_RAW},
      {Part::unix_sockets, Protocol::unix_stream, AF_UNIX, 0},
  };
  constexpr std::size_t buffer_size = 64 << 10;  // the kernel fills datagrams of up to 32 KiB
  const auto buffer = std::make_unique_for_overwrite<unsigned char[]>(buffer_size);
  constexpr std::uint32_t listening = 1U << static_cast<unsigned>(ConnectionState::listen);
  const std::uint32_t states = what.has(Part::listening) ? all_states : all_states & ~listening;
  Parts refused;
  Fd fd;
  std::size_t first = 0;
  Part current = Part::tcp;
  for (const Kind& kind : kinds) {
    if (!what.has(kind.part) || refused.has(kind.part)) continue;
    if (kind.part != current) first = sockets.size();
    current = kind.part;
    if (!fd) fd.reset(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG));
    const bool sent = fd && send_request(fd.get(), kind, states);
    const int error = sent ? receive(fd.get(), kind.protocol, {buffer.get(), buffer_size}, sockets, partial) : errno;
    if (error == 0) continue;
    fd.reset();
    // A kernel without IPv6 has no such sockets; everything else is read from /proc/net, not half from here.
    if (kind.family == AF_INET6 && error == ENOENT) continue;
    sockets.resize(first);
    refused = refused | kind.part;
  }
  return refused;
}

int sock_diag_error() {
  constexpr Kind tcp{Part::tcp, Protocol::tcp, AF_INET, IPPROTO_TCP};
  const Fd fd(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG));
  if (!fd || !send_request(fd.get(), tcp, no_state)) return errno;
  std::array<unsigned char, 8192> buffer{};
  std::vector<SocketSample> none;
  bool partial = false;
  return receive(fd.get(), tcp.protocol, buffer, none, partial);
}

}  // namespace vigie::net
