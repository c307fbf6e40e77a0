// vigie net: interfaces, connections and who has them.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>

#include "act/target.hpp"
#include "cli/command.hpp"
#include "cli/look.hpp"

namespace vigie::cli {

namespace {

using format::Cell;
using format::cell_of;
using format::Column;

struct NetOptions {
  LookOptions look;
  std::string target;
  bool connections = false, processes = false, listening = false, unix_sockets = false, raw = false;
  std::optional<int> port;
};

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

template <class T>
Column<T> column(std::string_view name, std::function<Cell(const T&)> cell) {
  return {&metric(name), std::move(cell), {}};
}

template <PacketRates InterfaceRates::* direction, Reading<double> PacketRates::* rate>
Cell interface_rate(const InterfaceRow& row) {
  return cell_of(row.rates->*direction.*rate);
}

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

const Run* run_of(const Frame& frame, const ProcessSample* process) {
  if (process == nullptr) return nullptr;
  const auto index = static_cast<std::size_t>(process - frame.snapshot->processes.data());
  if (index >= frame.view.run_of.size() || frame.view.run_of[index] < 0) return nullptr;
  return &frame.view.runs[static_cast<std::size_t>(frame.view.run_of[index])];
}

bool wanted(const SocketSample& socket, const NetOptions& options) {
  const bool waits = socket.state == ConnectionState::listen ||
                     (socket.state == ConnectionState::close && socket.protocol != Protocol::tcp);
  if (waits != options.listening) return false;
  return !options.port || socket.local.port == *options.port || socket.remote.port == *options.port;
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
    row.no_owner = Presence::unsupported;  // nobody's any more
    return row;
  }
  const auto held = std::ranges::equal_range(net.holders, row.socket->inode, {}, &SocketHolder::inode);
  row.holders = std::ssize(held);
  if (!held.empty()) row.process = frame.snapshot->find_pid(held.front().pid);
  if (net.denied_processes > 0) row.no_owner = Presence::denied;
  row.run = run_of(frame, row.process);
  return row;
}

std::vector<SocketRow> socket_rows(const Frame& frame, const NetOptions& options) {
  const std::vector<SocketSample>& sockets = frame.snapshot->net.sockets;
  std::vector<SocketRow> rows;
  std::map<std::uint64_t, const SocketSample*> ends;
  for (const SocketSample& socket : sockets) {
    if (is_unix(socket)) ends.emplace(socket.inode, &socket);
  }
  for (std::size_t index = 0; index < sockets.size(); ++index) {
    if (!wanted(sockets[index], options)) continue;
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

template <class Row>
void append_rows(View& view, const Frame& frame, const NetOptions& options, std::string_view name,
                 const std::vector<Column<Row>>& all, std::span<const std::string_view> only_data,
                 const std::vector<Row>& rows) {
  std::vector<Column<Row>> columns;
  for (const Column<Row>& one : all) {
    const bool text = !options.look.json && !options.look.csv;
    if (!text || std::ranges::find(only_data, one.metric->name) == only_data.end()) columns.push_back(one);
  }
  append_table(view.text, options.look, frame, name,
               format::make_table(std::span<const Column<Row>>(columns), std::span<const Row>(rows)));
}

void append_notes(View& view, const Frame& frame, const NetOptions& options) {
  const NetSample& net = frame.snapshot->net;
  append_note(view.text, options.look, net.denied_processes > 0,
              fmt::format("- as PID: the open files of {} processes are denied; root (CAP_SYS_PTRACE) sees them",
                          net.denied_processes));
  if (options.target.empty()) {
    append_note(view.text, options.look, net.processes_elsewhere > 0,
                fmt::format("{} processes live in other network namespaces (containers): vigie net TARGET shows theirs",
                            net.processes_elsewhere));
  } else {
    append_note(view.text, options.look, net.processes_elsewhere > 0,
                "in a network namespace of its own (container): its sockets have no rates here");
  }
}

Result<View> render(const Frame& frame, const NetOptions& options) {
  View view;
  constexpr std::string_view hidden[] = {"congestion_window", "delivery_bytes_per_second", "socket_inode",
                                         "socket_holders", "network_namespace"};
  constexpr std::string_view interface_hidden[] = {"received_packets_per_second", "sent_packets_per_second"};
  if (options.connections || !options.target.empty()) {
    append_rows(view, frame, options, "connections", socket_columns(), hidden, socket_rows(frame, options));
  } else if (options.processes) {
    append_rows(view, frame, options, "processes", traffic_columns(), hidden, traffic_rows(frame));
  } else {
    std::vector<InterfaceRow> rows;
    const auto& interfaces = frame.snapshot->host.interfaces;
    const std::size_t count = interfaces ? std::min(interfaces->size(), frame.delta.host.interfaces.size()) : 0;
    for (std::size_t index = 0; index < count; ++index) {
      rows.push_back({&(*interfaces)[index], &frame.delta.host.interfaces[index]});
    }
    append_rows(view, frame, options, "interfaces", interface_columns(), interface_hidden, rows);
    return view;
  }
  append_notes(view, frame, options);
  return view;
}

FeedOptions feed_for(const NetOptions& options) {
  using net::Part;
  FeedOptions feed;
  if (!options.connections && !options.processes && options.target.empty()) {
    feed.runs = feed.processes = false;
    feed.host = sys::Part::interfaces;
    return feed;
  }
  feed.fields = proc::Field::cmdline;
  feed.net.what = Part::tcp;
  if (!options.processes) feed.net.what = feed.net.what | Part::udp;
  if (options.listening) feed.net.what = feed.net.what | Part::listening;
  if (options.unix_sockets) feed.net.what = feed.net.what | Part::unix_sockets;
  if (options.raw) feed.net.what = feed.net.what | Part::raw;
  feed.target = options.target;
  if (!options.target.empty()) feed.net.of = act::detail_of_target({}, options.target).of;
  return feed;
}

}  // namespace

void define_net(Command& command) {
  auto options = std::make_shared<NetOptions>();
  command.examples(
      "Examples:\n"
      "  vigie net -w                      what every interface carries, against its link's speed\n"
      "  vigie net --processes             which processes talk, all their TCP connections together\n"
      "  vigie net resnet                  the connections of a run, the busiest first\n"
      "  vigie net --connections --port 29500   who talks to the rendezvous?\n"
      "  vigie net --listening             ports that somebody waits on");
  command.option("TARGET", options->target, "only of this PID, run, or %PATTERN");
  command.flag("--connections", options->connections, "TCP and UDP connections with owner, rates, queues");
  command.flag("--processes", options->processes, "TCP traffic by process").excludes("--connections");
  command.flag("--listening", options->listening, "sockets that wait for others, instead of connections");
  command.flag("--unix", options->unix_sockets, "unix sockets, too");
  command.flag("--raw", options->raw, "raw IP sockets, too");
  command.option("--port", options->port, "only with this port, at either end").between(1, 65535);
  add_look_options(command, options->look);
  command.does([options] {
    if (options->listening || options->unix_sockets || options->raw || options->port) {
      options->connections = !options->processes;
    }
    return look(options->look, feed_for(*options), [&](const Frame& frame) { return render(frame, *options); });
  });
}

}  // namespace vigie::cli
