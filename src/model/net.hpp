// Sockets in one snapshot as the kernel gave them, and what became of their counters since.
#pragma once

#include <sys/types.h>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "model/reading.hpp"

namespace vigie {

enum class Protocol : std::uint8_t { tcp, udp, raw, unix_stream, unix_datagram, unix_seqpacket };

[[nodiscard]] std::string_view name_of(Protocol protocol);

/// States of sockets as the kernel numbers them (include/net/tcp_states.h); UDP and unix sockets use some of them.
enum class ConnectionState : std::uint8_t {
  unknown,
  established,
  syn_sent,
  syn_recv,
  fin_wait_1,
  fin_wait_2,
  time_wait,
  close,
  close_wait,
  last_ack,
  listen,
  closing,
  new_syn_recv,
};

/// "ESTAB", "CLOSE-WAIT", ... as ss writes them.
[[nodiscard]] std::string_view name_of(ConnectionState state);

/// An IP address and port. IPv4 fills the first four bytes.
struct Endpoint {
  std::uint8_t family = 0;  ///< 4 or 6; 0 for unix sockets
  std::array<std::uint8_t, 16> bytes{};
  std::uint16_t port = 0;

  [[nodiscard]] bool is_any() const { return bytes == std::array<std::uint8_t, 16>{}; }
  friend bool operator==(const Endpoint&, const Endpoint&) = default;
};

/// "10.0.0.1:80", "[fe80::1%eth0]:80", "0.0.0.0:*" for port 0; an IPv4-mapped address reads [::ffff:10.0.0.1]:80.
[[nodiscard]] std::string text_of(const Endpoint& endpoint, std::string_view device);

/// Of tcp_info (include/uapi/linux/tcp.h): bytes are payload since the connection began, retransmissions not counted.
struct TcpCounters {
  std::uint64_t received_bytes = 0, sent_bytes = 0;
  std::uint32_t retransmits = 0;  ///< segments, since the connection began
  std::uint32_t rtt_us = 0;       ///< smoothed; 0 before the first answer
  std::uint32_t congestion_window = 0;
  Reading<std::uint64_t> delivery_rate;  ///< latest, bytes per second
};

struct SocketSample {
  std::uint64_t cookie = 0;      ///< the kernel's number for this very socket; 0 where only /proc/net was read
  std::uint64_t inode = 0;       ///< 0 when no process has it any more (TIME-WAIT, orphans)
  std::uint64_t peer_inode = 0;  ///< unix sockets: of the other end, 0 when there is none or it is not known
  std::uint64_t network = 0;     ///< inode of another network namespace it lives in; 0 for vigie's own
  Protocol protocol = Protocol::tcp;
  ConnectionState state = ConnectionState::unknown;
  Endpoint local, remote;
  std::string device;  ///< interface it is bound to: the scope of link-local addresses
  std::string path;    ///< unix sockets: name, '@' for the NUL of abstract ones; raw
  Reading<uid_t> uid;
  Reading<std::uint64_t> receive_queue,
      send_queue;  ///< bytes; of a listening TCP socket connections waiting, and at most
  Reading<TcpCounters> tcp;
};

/// A process that holds a socket open.
struct SocketHolder {
  std::uint64_t inode = 0;
  pid_t pid = 0;

  friend auto operator<=>(const SocketHolder&, const SocketHolder&) = default;
};

struct NetSample {
  std::vector<SocketSample> sockets;
  std::vector<SocketHolder> holders;    ///< ascending; of the sockets above only
  std::size_t denied_processes = 0;     ///< whose open files may not be seen
  std::size_t processes_elsewhere = 0;  ///< seen to live in another network namespace
};

/// Per second; known of TCP only, the kernel counts no bytes of other sockets.
struct SocketRates {
  Reading<double> received_bytes, sent_bytes;
};

struct NetDelta {
  std::vector<SocketRates> sockets;  ///< parallel to the later sample's
};

}  // namespace vigie
