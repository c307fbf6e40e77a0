// The network: sockets from the kernel's sock_diag (or /proc/net, where that is all
// there is), and the processes that hold them.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <span>

#include "base/bit_set.hpp"
#include "base/root.hpp"
#include "model/net.hpp"
#include "model/snapshot.hpp"

namespace vigie::net {

/// What to read; a set of bits.
enum class Part : std::uint32_t {
  tcp = 1U << 0,
  udp = 1U << 1,
  raw = 1U << 2,
  unix_sockets = 1U << 3,
  listening = 1U << 4,  ///< with TCP: those that listen too; unset, the kernel is not even asked for them
};

using Parts = BitSet<Part>;
[[nodiscard]] constexpr Parts operator|(Part a, Part b) {
  return Parts(a) | b;
}

/// Whose sockets are wanted.
struct Whose {
  std::span<const pid_t> pids;  ///< processes whose open files are looked at, ascending
  bool all = true;              ///< every socket of vigie's network namespace; otherwise only those the processes hold
  bool holders = true;          ///< find the processes that hold them
};

/// Reads what was asked for. Sockets that the named processes hold in another network namespace are read from the
/// /proc/PID/net of one of them, without counters. Denied, missing and half-read parts are told by the status.
SourceStatus sample(const Root& root, Parts what, const Whose& whose, NetSample& net);

}  // namespace vigie::net
