// Process events: datagrams of the proc connector as the kernel would never send them, and lives made of whatever
// events they hold: nobody ends twice.
#include <memory>
#include <span>
#include <vector>

#include "input.hpp"
#include "sources/events/connector.hpp"
#include "sources/events/lives.hpp"

FUZZ(text) {
  namespace events = vigie::events;
  // A copy of its own: reads beyond its end are seen.
  const std::vector<unsigned char> bytes(text.begin(), text.end());
  std::vector<vigie::ProcessEvent> told;
  static_cast<void>(events::parse_datagram(std::span(bytes), told));

  const auto scan = std::make_shared<vigie::Snapshot>();
  scan->processes.resize(1);
  scan->processes[0].id.pid = 1;
  events::Lives lives;
  lives.begin(scan);
  std::size_t births = 0;
  for (const vigie::ProcessEvent& event : told) {
    must(event.pid > 0 && event.tid > 0 && event.parent >= 0 && event.boot_ns >= 0);
    using Kind = vigie::ProcessEvent::Kind;
    if (event.kind == Kind::fork) lives.fork(event);
    if (event.kind == Kind::exec) lives.exec(event, {});
    if (event.kind == Kind::exit) lives.exit(event, {});
    // Each event is about one process, and its parent.
    births += 2;
  }
  const auto ended = lives.take(scan, [](pid_t) { return false; });
  must(ended.size() <= births);
  for (const vigie::EndedProcess& one : ended) must(one.wait_status || one.ended.presence() != vigie::Presence::known);
}
