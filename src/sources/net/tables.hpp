// The socket tables of /proc/net (Documentation/networking/proc_net_tcp.rst, proc(5)): no counters, but readable
// anywhere, for other network namespaces and in fixtures.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "model/net.hpp"
#include "sources/net/net_source.hpp"

namespace vigie::net {

/// Appends every well-formed line of /proc/net/{tcp,tcp6,udp,udp6,raw,raw6}; `family` is 4 or 6.
void parse_inet_table(std::string_view text, Protocol protocol, std::uint8_t family,
                      std::vector<SocketSample>& sockets);

/// Appends every well-formed line of /proc/net/unix.
void parse_unix_table(std::string_view text, std::vector<SocketSample>& sockets);

/// Reads the tables that `what` names in `dir` ("net", "123/net") of the proc tree. Returns 0 or the errno of the last
/// one that could not be read; one that the kernel does not have (no IPv6) is none.
[[nodiscard]] int read_tables(const Root& root, const std::string& dir, Parts what, std::vector<SocketSample>& sockets);

}  // namespace vigie::net
