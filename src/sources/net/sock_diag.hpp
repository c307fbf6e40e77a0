// NETLINK_SOCK_DIAG (sock_diag(7)): all sockets of a kind in a few system calls, with tcp_info.
#pragma once

#include <span>
#include <vector>

#include "model/net.hpp"
#include "sources/net/net_source.hpp"

namespace vigie::net {

/// How a dump stands after one datagram.
struct DumpState {
  bool done = false;         ///< the last message was there
  bool interrupted = false;  ///< sockets came or went meanwhile (NLM_F_DUMP_INTR): some may be missing or twice
  int error = 0;             ///< errno the kernel sent, or EBADMSG for bytes that are no netlink message
};

/// Appends the sockets of one datagram of a dump. A pure function of any bytes at all: a message that is cut short or
/// lies about its length is left out. `protocol` is that of the request (messages of inet_diag do not tell).
[[nodiscard]] DumpState parse_dump(std::span<const unsigned char> datagram, Protocol protocol,
                                   std::vector<SocketSample>& sockets);

/// Appends every socket of the kinds that `what` names, of vigie's own network namespace. Returns the kinds the kernel
/// refused or does not know; `partial` becomes true when a dump was not consistent.
[[nodiscard]] Parts dump_sockets(Parts what, std::vector<SocketSample>& sockets, bool& partial);

/// Whether the kernel answers for TCP sockets here: 0, or the errno that tells why not. Asks for sockets of no state.
[[nodiscard]] int sock_diag_error();

}  // namespace vigie::net
