// Whether a run is kept. Any process that can read its directory may ask: on its machine, in another container there,
// on another machine that shares the home.
#pragma once

#include <string>

#include "base/boot.hpp"
#include "base/fd.hpp"
#include "base/result.hpp"
#include "model/run.hpp"

namespace vigie::wire {

struct Keepers {
  /// A holder or a recorder lives, or is being started. On another machine this is not known and taken for true: a
  /// second copy cannot be undone, a record that stays can.
  bool alive = false;
  bool starting = false;  ///< alive by its start alone: it is under way
  bool assumed = false;   ///< alive because nothing can be known of it here: it is another machine's
  /// Those that live, as the kernel names them here; pid 0: none, or not seen from here.
  ProcessId holder = {}, recorder = {};
  /// Why its processes cannot be seen or acted on from here, a clause: "it runs on node7"; empty: they can.
  std::string elsewhere = {};
};

/// What the locks of the run tell; where there are none (a file system without locks, a run of an older vigie), the
/// pids and start times of its record. A caller that holds the ChangeLock of the run says so: it does not take itself
/// for a start under way.
enum class Changing : bool { perhaps_others, caller };
[[nodiscard]] Keepers keepers_of(const RunRecord& record, const ProcessSpace& here,
                                 Changing changing = Changing::perhaps_others);
[[nodiscard]] Keepers keepers_of(const RunRecord& record);

/// The state as last written, or the present one: `lost` when nothing keeps it, `elsewhere`.
[[nodiscard]] RunState state_of(const RunRecord& record, const Keepers& keepers);

/// Removes the pids that mean other processes here, after a reboot or in another namespace, from a run that nothing
/// keeps.
void drop_foreign_pids(RunRecord& record, const ProcessSpace& here);

/// The right to change a run: to start, restart or remove it. Held from before its record is read until it is written
/// and, for a start, until its keeper has taken over: a keeper inherits the descriptor, so that a start that its
/// client does not survive is still under way. The kernel drops it with the last process that has it.
class ChangeLock {
 public:
  ChangeLock() = default;
  /// Waits some seconds for another process that changes it now. Kind no_target when the run was removed meanwhile.
  static Result<ChangeLock> take(const std::string& directory);
  /// The descriptor that a keeper inherited.
  static ChangeLock inherited(int fd) { return ChangeLock(Fd(fd)); }

  [[nodiscard]] int fd() const { return file_.get(); }
  void release() { file_.reset(); }

 private:
  explicit ChangeLock(Fd file) : file_(std::move(file)) {}
  Fd file_;
};

/// Whether a process holds it.
[[nodiscard]] bool is_being_changed(const std::string& directory);

}  // namespace vigie::wire
