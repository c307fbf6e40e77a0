// Lives of processes between scans, put together from events and what /proc told at their moments; pure.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "model/process.hpp"
#include "model/process_event.hpp"
#include "model/snapshot.hpp"
#include "sources/events/glimpse.hpp"

namespace vigie::events {

/// Events come in the order of the kernel's queue: a process's fork before anything else of it, but its exit after the
/// parent could know of it, so that the parent's own next deeds may come before.
class Lives {
 public:
  /// Begins at this scan: nothing ended before it.
  void begin(std::shared_ptr<const Snapshot> scan) { before_ = std::move(scan); }

  /// A process was born. It has its parent's command line, name and owner until more is known.
  void fork(const ProcessEvent& event);
  /// A process executes another program. An empty glimpse: it was gone, or something else had its pid.
  void exec(const ProcessEvent& event, const Glimpse& seen);
  /// A thread ended, and with the main thread, as a rule, the process.
  void exit(const ProcessEvent& event, const Glimpse& seen);
  /// Whether what /proc tells of the process now is worth a look after this exit.
  [[nodiscard]] bool wants_glimpse(const ProcessEvent& exit) const;

  /// Whether a pid that the scan does not have is in use: /proc may be mounted so that it hides others' processes.
  using Exists = std::function<bool(pid_t)>;
  /// Whether a process is gone at this scan whose exit was not told (yet).
  [[nodiscard]] bool untold(const Snapshot& scan, const Exists& exists) const;
  /// Returns those that ended since the scan before, by time of their end, and begins anew at this scan. Processes that
  /// are gone without a word end with unknown status.
  std::vector<EndedProcess> take(std::shared_ptr<const Snapshot> scan, const Exists& exists);

 private:
  struct Life {
    EndedProcess facts;
    std::int64_t changed = 0;  ///< when it was born or executed a program last; 0 before the scan before
    bool main_ended = false;   ///< its main thread did; whether others live on shows at the next scan
    bool kernel_thread = false;
  };

  Life& life_of(pid_t pid);
  [[nodiscard]] const ProcessSample* sample_before(pid_t pid) const;
  void end(Life&& life);
  /// The fate of one life at a scan.
  enum class Fate : std::uint8_t { keep, forget, ended };
  [[nodiscard]] static Fate fate_of(const Life& life, const ProcessSample* row, const Snapshot& scan);
  template <class Each>
  void for_each_vanished(const Snapshot& scan, Each each) const;

  std::shared_ptr<const Snapshot> before_;
  std::unordered_map<pid_t, Life> lives_;   ///< of the processes that events were about
  std::vector<EndedProcess> ended_;         ///< those that surely did
  std::unordered_set<pid_t> ended_untold_;  ///< taken with unknown status at the scan before
};

}  // namespace vigie::events
