#include "views/net_columns.hpp"

#include <algorithm>
#include <functional>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "views/process_columns.hpp"

namespace vigie::views {
namespace {

template <PacketRates InterfaceRates::* direction, Reading<double> PacketRates::* rate>
Cell interface_rate(const InterfaceRow& row) {
  return cell_of(row.rates->*direction.*rate);
}

template <class T>
Cell run_name(const T& row) {
  return row.run != nullptr ? Cell(std::string_view(row.run->name)) : Cell(Presence::unsupported);
}

bool is_unix(const SocketSample& socket) {
  return socket.local.family == 0;
}

Cell local_cell(const SocketRow& row) {
  if (is_unix(*row.socket)) return row.socket->path.empty() ? Cell(std::string_view("*")) : Cell(row.socket->path);
  return text_of(row.socket->local, row.socket->device);
}

Cell remote_cell(const SocketRow& row) {
  if (is_unix(*row.socket)) return row.peer.empty() ? Cell(std::string_view("*")) : Cell(row.peer);
  return text_of(row.socket->remote, row.socket->device);
}

Cell rtt_cell(const SocketRow& row) {
  if (!row.socket->tcp) return row.socket->tcp.presence();
  return row.socket->tcp->rtt_us == 0 ? Cell(Presence::unknown) : Cell(row.socket->tcp->rtt_us / 1000.0);
}

template <auto counter>
Cell tcp_cell(const SocketRow& row) {
  if (!row.socket->tcp) return row.socket->tcp.presence();
  return static_cast<std::int64_t>((*row.socket->tcp).*counter);
}

bool wanted(const SocketSample& socket, const SocketChoice& choice) {
  const bool waits = socket.state == ConnectionState::listen ||
                     (socket.state == ConnectionState::close && socket.protocol != Protocol::tcp);
  if (waits != choice.listening) return false;
  return !choice.port || socket.local.port == *choice.port || socket.remote.port == *choice.port;
}

double traffic(const SocketRates& rates) {
  return rates.received_bytes.value_or(0) + rates.sent_bytes.value_or(0);
}

SocketRow row_of(const Frame& frame, std::size_t index) {
  const NetSample& net = frame.snapshot->net;
  SocketRow row;
  row.socket = &net.sockets[index];
  row.rates = &frame.delta.net.sockets[index];
  if (row.socket->inode == 0) {
    row.no_owner = Presence::unsupported;  // no process has it any more
    return row;
  }
  const auto held = std::ranges::equal_range(net.holders, row.socket->inode, {}, &SocketHolder::inode);
  row.holders = std::ssize(held);
  if (!held.empty()) row.process = frame.snapshot->find_pid(held.front().pid);
  if (net.denied_processes > 0) row.no_owner = Presence::denied;
  row.run = run_of(frame, row.process);
  return row;
}

}  // namespace

const std::vector<Column<InterfaceRow>>& interface_columns() {
  using Row = InterfaceRow;
  using Rates = InterfaceRates;
  using Packets = PacketRates;
  static const std::vector<Column<Row>> all = {
      column<Row>("interface", [](const Row& row) -> Cell { return std::string_view(row.sample->name); }),
      column<Row>("link_state", [](const Row& row) { return cell_of(row.sample->state); }),
      column<Row>("link_bytes_per_second", [](const Row& row) { return cell_of(row.sample->link_bytes_per_second); }),
      column<Row>("received_bytes_per_second", interface_rate<&Rates::received, &Packets::bytes_per_second>),
      column<Row>("sent_bytes_per_second", interface_rate<&Rates::sent, &Packets::bytes_per_second>),
      column<Row>("received_packets_per_second", interface_rate<&Rates::received, &Packets::packets_per_second>),
      column<Row>("sent_packets_per_second", interface_rate<&Rates::sent, &Packets::packets_per_second>),
      column<Row>("receive_errors_per_second", interface_rate<&Rates::received, &Packets::errors_per_second>),
      column<Row>("send_errors_per_second", interface_rate<&Rates::sent, &Packets::errors_per_second>),
      column<Row>("receive_drops_per_second", interface_rate<&Rates::received, &Packets::drops_per_second>),
      column<Row>("send_drops_per_second", interface_rate<&Rates::sent, &Packets::drops_per_second>),
      column<Row>("received_bytes",
                  [](const Row& row) -> Cell { return static_cast<std::int64_t>(row.sample->received.bytes); }),
      column<Row>("sent_bytes",
                  [](const Row& row) -> Cell { return static_cast<std::int64_t>(row.sample->sent.bytes); }),
  };
  return all;
}

const std::vector<Column<SocketRow>>& socket_columns() {
  using Row = SocketRow;
  static const std::vector<Column<Row>> all = {
      column<Row>("pid",
                  [](const Row& row) {
                    return row.process != nullptr ? Cell(std::int64_t{row.process->id.pid}) : Cell(row.no_owner);
                  }),
      column<Row>("run", run_name<Row>),
      column<Row>("protocol", [](const Row& row) -> Cell { return name_of(row.socket->protocol); }),
      column<Row>("connection_state", [](const Row& row) -> Cell { return name_of(row.socket->state); }),
      column<Row>("local_address", local_cell),
      column<Row>("remote_address", remote_cell),
      column<Row>("received_bytes_per_second", [](const Row& row) { return cell_of(row.rates->received_bytes); }),
      column<Row>("sent_bytes_per_second", [](const Row& row) { return cell_of(row.rates->sent_bytes); }),
      column<Row>("received_bytes", tcp_cell<&TcpCounters::received_bytes>),
      column<Row>("sent_bytes", tcp_cell<&TcpCounters::sent_bytes>),
      column<Row>("rtt_milliseconds", rtt_cell),
      column<Row>("retransmits", tcp_cell<&TcpCounters::retransmits>),
      column<Row>("receive_queue", [](const Row& row) { return cell_of(row.socket->receive_queue); }),
      column<Row>("send_queue", [](const Row& row) { return cell_of(row.socket->send_queue); }),
      column<Row>("congestion_window", tcp_cell<&TcpCounters::congestion_window>),
      column<Row>("delivery_bytes_per_second",
                  [](const Row& row) {
                    return row.socket->tcp ? cell_of(row.socket->tcp->delivery_rate) : Cell(row.socket->tcp.presence());
                  }),
      column<Row>("socket_inode", [](const Row& row) -> Cell { return static_cast<std::int64_t>(row.socket->inode); }),
      column<Row>("socket_holders", [](const Row& row) -> Cell { return row.holders; }),
      column<Row>("network_namespace",
                  [](const Row& row) {
                    return row.socket->network != 0 ? Cell(static_cast<std::int64_t>(row.socket->network))
                                                    : Cell(Presence::unsupported);
                  }),
      column<Row>("command",
                  [](const Row& row) {
                    return row.process != nullptr ? Cell(command_text(*row.process)) : Cell(row.no_owner);
                  }),
  };
  return all;
}

const std::vector<Column<ProcessTraffic>>& traffic_columns() {
  using Row = ProcessTraffic;
  static const std::vector<Column<Row>> all = {
      column<Row>("pid", [](const Row& row) -> Cell { return std::int64_t{row.process->id.pid}; }),
      column<Row>("run", run_name<Row>),
      column<Row>("connections", [](const Row& row) -> Cell { return row.connections; }),
      column<Row>("received_bytes_per_second", [](const Row& row) { return cell_of(row.received); }),
      column<Row>("sent_bytes_per_second", [](const Row& row) { return cell_of(row.sent); }),
      column<Row>("command", [](const Row& row) -> Cell { return command_text(*row.process); }),
  };
  return all;
}

std::vector<InterfaceRow> interface_rows(const Frame& frame) {
  std::vector<InterfaceRow> rows;
  const auto& interfaces = frame.snapshot->host.interfaces;
  const std::size_t count = interfaces ? std::min(interfaces->size(), frame.delta.host.interfaces.size()) : 0;
  for (std::size_t index = 0; index < count; ++index) {
    rows.push_back({&(*interfaces)[index], &frame.delta.host.interfaces[index]});
  }
  return rows;
}

std::vector<SocketRow> socket_rows(const Frame& frame, const SocketChoice& choice) {
  const std::vector<SocketSample>& sockets = frame.snapshot->net.sockets;
  std::vector<SocketRow> rows;
  std::map<std::uint64_t, const SocketSample*> ends;
  for (const SocketSample& socket : sockets) {
    if (is_unix(socket)) ends.emplace(socket.inode, &socket);
  }
  for (std::size_t index = 0; index < sockets.size(); ++index) {
    if (!wanted(sockets[index], choice)) continue;
    SocketRow& row = rows.emplace_back(row_of(frame, index));
    if (row.socket->peer_inode == 0) continue;
    const auto peer = ends.find(row.socket->peer_inode);
    row.peer = peer != ends.end() && !peer->second->path.empty() ? peer->second->path
                                                                 : fmt::format("inode {}", row.socket->peer_inode);
  }
  std::ranges::stable_sort(rows, std::ranges::greater{}, [](const SocketRow& row) { return traffic(*row.rates); });
  return rows;
}

std::vector<ProcessTraffic> traffic_rows(const Frame& frame) {
  const NetSample& net = frame.snapshot->net;
  std::map<pid_t, ProcessTraffic> by_pid;
  for (std::size_t index = 0; index < net.sockets.size(); ++index) {
    if (net.sockets[index].protocol != Protocol::tcp) continue;
    const SocketRow row = row_of(frame, index);
    if (row.process == nullptr) continue;
    ProcessTraffic& sum = by_pid[row.process->id.pid];
    sum.process = row.process;
    sum.run = row.run;
    ++sum.connections;
    if (!sum.received)
      sum.received = row.rates->received_bytes;
    else
      sum.received = *sum.received + row.rates->received_bytes.value_or(0);
    if (!sum.sent)
      sum.sent = row.rates->sent_bytes;
    else
      sum.sent = *sum.sent + row.rates->sent_bytes.value_or(0);
  }
  std::vector<ProcessTraffic> rows;
  for (auto& [pid, row] : by_pid) rows.push_back(row);
  std::ranges::stable_sort(rows, std::ranges::greater{},
                           [](const ProcessTraffic& row) { return row.received.value_or(0) + row.sent.value_or(0); });
  return rows;
}

}  // namespace vigie::views
