// Rows about the network, for net: interfaces, sockets with their processes, and the traffic of processes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/frame.hpp"
#include "views/column.hpp"

namespace vigie::views {

struct InterfaceRow {
  const InterfaceSample* sample = nullptr;
  const InterfaceRates* rates = nullptr;
};

struct SocketRow {
  const SocketSample* socket = nullptr;
  const SocketRates* rates = nullptr;
  const ProcessSample* process = nullptr;  ///< the first holder
  std::int64_t holders = 0;
  const Run* run = nullptr;
  Presence no_owner = Presence::unknown;
  std::string peer;  ///< unix sockets: name of the other end
};

/// TCP traffic of one process, all its connections together.
struct ProcessTraffic {
  const ProcessSample* process = nullptr;
  const Run* run = nullptr;
  std::int64_t connections = 0;
  Reading<double> received = Presence::unknown, sent = Presence::unknown;
};

/// Which sockets are wanted.
struct SocketChoice {
  bool listening = false;   ///< those that wait for others, instead of connections
  std::optional<int> port;  ///< with this port at either end
};

[[nodiscard]] const std::vector<Column<InterfaceRow>>& interface_columns();
[[nodiscard]] const std::vector<Column<SocketRow>>& socket_columns();
[[nodiscard]] const std::vector<Column<ProcessTraffic>>& traffic_columns();

[[nodiscard]] std::vector<InterfaceRow> interface_rows(const Frame& frame);
/// The busiest first.
[[nodiscard]] std::vector<SocketRow> socket_rows(const Frame& frame, const SocketChoice& choice);
/// A row for each process with TCP connections, the busiest first.
[[nodiscard]] std::vector<ProcessTraffic> traffic_rows(const Frame& frame);

}  // namespace vigie::views
