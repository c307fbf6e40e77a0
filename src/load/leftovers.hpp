// The files and shared segments that a load leaves when it is killed. They are written down before they are made, in a
// file of the state directory, so that the next load removes what a SIGKILL left.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "model/task.hpp"

namespace vigie::load {

/// What this load has made. Not for several threads.
class Leftovers {
 public:
  /// In $XDG_STATE_HOME/vigie/load, which is made (0700) and checked.
  static Result<Leftovers> open(std::string_view kind);

  Leftovers(Leftovers&& other) noexcept;
  Leftovers& operator=(Leftovers&&) = delete;
  Leftovers(const Leftovers&) = delete;
  Leftovers& operator=(const Leftovers&) = delete;
  /// Removes every path that is still there, and the note of them.
  ~Leftovers();

  /// A new path in `directory`: vigie-load-KIND-PID-…, written down. The caller makes a regular file of it.
  Result<std::string> new_path(const std::string& directory);

  /// Where its own files are.
  [[nodiscard]] const std::string& directory() const { return directory_; }

 private:
  Leftovers() = default;

  std::string kind_, directory_, note_;  ///< note_: name of the file; empty when it was moved from
  ProcessId self_;
  std::vector<std::string> paths_;
};

/// Removes what loads that were killed left: a sentence for each. A load that is alive keeps what it has.
Result<std::vector<std::string>> remove_leftovers();

}  // namespace vigie::load
