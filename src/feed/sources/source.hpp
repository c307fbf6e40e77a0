// One source of a snapshot, as an entry in a list.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/root.hpp"
#include "feed/feed_options.hpp"
#include "model/snapshot.hpp"

namespace vigie {

/// What a snapshot is for: rates begin at it, it is one of those once a second in between, or it is shown.
enum class Purpose : std::uint8_t { first, between, shown };

/// A snapshot that is being taken.
struct Taking {
  Purpose purpose = Purpose::first;
  std::shared_ptr<Snapshot> snapshot;
  std::vector<RunRecord> records = {};  ///< of supervised runs, as listed before the scan of processes
  std::vector<pid_t> members = {};      ///< ascending: what a snapshot in between is about
  bool scanned = true;                  ///< its processes are read: a source's own children are not among them
};

/// Each of these is called once for a snapshot, in this order; an Error ends the look. A source that could not be read
/// is no Error: its readings say so, and its status, which it adds to the snapshot.
class Source {
 public:
  virtual ~Source() = default;
  /// Begins what may be slow (a driver, a mount), on a thread or in a process of its own. Never waits.
  virtual Result<void> begin(Taking&) { return {}; }
  /// Reads what belongs to one moment.
  virtual Result<void> read(Taking&) { return {}; }
  /// Whether finish() would come too early for an answer that may still arrive.
  [[nodiscard]] virtual bool waits(Taking&) { return false; }
  /// How long after begin() it is waited for at most; a source that ends its waits itself needs no other bound. Later
  /// than that the source is late, and its readings old.
  [[nodiscard]] virtual double patience_seconds(Purpose) const { return 1e9; }
  /// Adds what has arrived.
  virtual Result<void> finish(Taking&) { return {}; }
};

/// An entry in the list of sources.
struct SourceEntry {
  std::string_view name;  ///< of its status in Snapshot::sources, where it has one
  bool (*wanted)(const FeedOptions& options);
  std::unique_ptr<Source> (*make)(const Root& root, const FeedOptions& options);
  bool of_chosen = false;  ///< it reads processes that are chosen in the snapshot: it begins after the others
};

/// Makes an entry's source of its class. `root` and `options` outlive it.
template <class Kind>
std::unique_ptr<Source> make_source(const Root& root, const FeedOptions& options) {
  return std::make_unique<Kind>(root, options);
}

}  // namespace vigie
