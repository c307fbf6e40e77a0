// Which processes ended between two scans, however short they lived: the kernel's events, and what /proc still tells
// when they come.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/root.hpp"
#include "model/snapshot.hpp"
#include "sources/events/connector.hpp"
#include "sources/events/lives.hpp"

namespace vigie::events {

/// Listens from open() on. Costs nothing while nothing happens. Not for several threads.
class EventSource {
 public:
  /// Errors: see Connector::open.
  static Result<std::unique_ptr<EventSource>> open(const Root& root);

  /// The first scan, which saw the processes that are alive.
  void begin(std::shared_ptr<const Snapshot> scan) {
    waits_until_ns_ = 0;
    lives_.begin(std::move(scan));
  }
  /// Readable when something has happened: take_in() then, soon, while the processes are still there to be looked at.
  [[nodiscard]] int fd() const { return connector_.fd(); }
  /// Looks at what has happened, for a moment at most.
  void take_in();
  /// Whether the end of a process that this scan does not show any more is still on its way: for a moment at most.
  [[nodiscard]] bool waits(const Snapshot& scan);
  /// Tells this scan which processes ended since the one before, and how the source fared.
  void add_ended(const std::shared_ptr<Snapshot>& scan);

 private:
  EventSource(const Root& root, Connector connector) : root_(root), connector_(std::move(connector)) {}
  /// Takes what waits in the socket, at most until then.
  void drain(std::int64_t deadline_ns);
  void take_in(const std::vector<ProcessEvent>& events);

  const Root& root_;
  Connector connector_;
  Lives lives_;
  std::vector<ProcessEvent> events_;  ///< scratch space, as is the buffer
  std::string buffer_;
  std::uint64_t overruns_told_ = 0;
  std::int64_t waits_until_ns_ = 0;  ///< for ends on their way; 0: not yet
  std::int64_t busy_ns_ = 0;         ///< spent on events since the scan before
};

}  // namespace vigie::events
