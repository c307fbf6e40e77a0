// vigie net: interfaces, connections and the processes that have them.
#include <fmt/format.h>

#include <memory>
#include <optional>
#include <string>

#include "act/target.hpp"
#include "cli/command.hpp"
#include "cli/look.hpp"
#include "views/net_columns.hpp"

namespace vigie::cli {

namespace {

struct NetOptions {
  LookOptions look;
  std::string target;
  bool connections = false, processes = false, listening = false, unix_sockets = false, raw = false;
  std::optional<int> port;
};

/// People see it without the columns in `only_data`.
template <class Row>
void append_rows(View& view, const Frame& frame, const NetOptions& options, std::string_view name,
                 const std::vector<views::Column<Row>>& all, std::span<const std::string_view> only_data,
                 const std::vector<Row>& rows) {
  const auto columns = options.look.for_people() ? views::without(all, only_data) : all;
  append_table(view.text, options.look, frame, name, views::make_table(columns, rows));
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
    append_rows(view, frame, options, "connections", views::socket_columns(), hidden,
                views::socket_rows(frame, {.listening = options.listening, .port = options.port}));
  } else if (options.processes) {
    append_rows(view, frame, options, "processes", views::traffic_columns(), hidden, views::traffic_rows(frame));
  } else {
    append_rows(view, frame, options, "interfaces", views::interface_columns(), interface_hidden,
                views::interface_rows(frame));
    return view;
  }
  append_notes(view, frame, options);
  return view;
}

FeedOptions feed_for(const NetOptions& options) {
  using net::Part;
  FeedOptions feed;
  if (!options.connections && !options.processes && options.target.empty()) {
    feed.what.runs = feed.what.processes = false;
    feed.what.host = sys::Part::interfaces;
    return feed;
  }
  feed.what.fields = proc::Field::cmdline;
  feed.what.net.what = Part::tcp;
  if (!options.processes) feed.what.net.what = feed.what.net.what | Part::udp;
  if (options.listening) feed.what.net.what = feed.what.net.what | Part::listening;
  if (options.unix_sockets) feed.what.net.what = feed.what.net.what | Part::unix_sockets;
  if (options.raw) feed.what.net.what = feed.what.net.what | Part::raw;
  feed.whom.target = options.target;
  if (!options.target.empty()) feed.what.net.of = act::detail_of_target({}, options.target).of;
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
      "  vigie net --listening             ports with a listening process");
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
