// Which processes hold which sockets: the links of /proc/PID/fd.
#pragma once

#include <sys/types.h>

#include <span>
#include <string>
#include <vector>

#include "base/root.hpp"
#include "model/net.hpp"

namespace vigie::net {

/// What the open files of processes told.
struct Held {
  std::vector<SocketHolder> holders;  ///< every socket they hold, of any kind; ascending, each once
  std::size_t denied = 0;             ///< processes whose files may not be seen
};

/// "socket:[12345]" → 12345; 0 for anything else.
[[nodiscard]] std::uint64_t socket_inode(std::string_view link);

/// Looks at the open files of these processes. Those that vanish hold nothing.
[[nodiscard]] Held find_holders(const Root& root, std::span<const pid_t> pids);

/// The network namespace of a process: the inode that /proc/PID/ns/net names; 0 when it may not be seen.
/// `process` is "self" or a pid.
[[nodiscard]] std::uint64_t network_of(const Root& root, const std::string& process);

}  // namespace vigie::net
