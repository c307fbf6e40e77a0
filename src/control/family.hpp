// The processes that belong to a tree, also after parents died, sessions were left and init took over.
#pragma once

#include <cstddef>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "model/snapshot.hpp"
#include "model/task.hpp"

namespace vigie::control {

/// A process group, and one process that is in it.
struct Group {
  pid_t id = 0;
  ProcessId member;
};

/// The processes of a tree in one scan.
struct Tree {
  std::vector<ProcessId> processes;  ///< none that has ended; parents before their children
  /// Process groups that consist of these alone: a signal to a group also reaches a child that is forked at that
  /// moment, because the kernel lets no fork finish between looking at the members and signalling them.
  std::vector<Group> groups;
  /// The processes of this machine could not be listed: an empty tree says nothing.
  bool unseen = false;

  [[nodiscard]] bool is_gone() const { return processes.empty() && !unseen; }
};

/// Grows with every scan that it is shown. A process that was seen in the tree stays in it, whatever becomes of its
/// parents, and so do its descendants and the session that it leads. A run that was started within it is another: its
/// keepers and all below them are no part of it.
class Family {
 public:
  struct Marks {
    pid_t holder = 0;                   ///< all below it belong; it does not itself
    std::string run_id;                 ///< and those with VIGIE_RUN_ID=this in their environment, where scans know it
    std::vector<ProcessId> first = {};  ///< and these
    std::set<pid_t> never = {};         ///< nor these, with all below them: the recorder and its hooks, vigie itself
    std::optional<uid_t> owner = {};    ///< whose run it is: a marker in another user's environment is not believed
    /// The session that a dead holder led: it counts once a process of the run is seen in it, as its number may have
    /// been given away.
    pid_t old_session = 0;
  };

  explicit Family(Marks marks);

  [[nodiscard]] Tree find(std::span<const ProcessSample> processes);
  /// Adds what is known of it by other means (its control group).
  void add(ProcessId id) { known_.insert(id); }

 private:
  [[nodiscard]] bool belongs_by_itself(const ProcessSample& process) const;
  [[nodiscard]] bool in_old_session(std::span<const ProcessSample> processes,
                                    std::span<const std::size_t> members) const;
  [[nodiscard]] bool is_of_another_run(const ProcessSample& process) const;

  Marks marks_;
  std::set<ProcessId> known_;
  /// Led by the holder or by members, alive or not: the number is not given away while one is in the session.
  std::set<pid_t> sessions_;
};

}  // namespace vigie::control
