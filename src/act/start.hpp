// Starting a run: checks before anything is created, and notes once it is there.
#pragma once

#include <string>

#include "base/result.hpp"
#include "model/run.hpp"

namespace vigie::act {

/// The search that execvp(3) will do, before anything is created: its errors can name the reason. `cwd` is absolute.
Result<void> check_program(const std::string& program, const std::string& cwd);

/// A run that was started.
struct Started {
  RunRecord record;  ///< as its keeper has written it
  bool runs = true;  ///< otherwise it waits for its turn, or is over, as that will never come
  /// Why it would be ended with the login that it was started from, and what to do: a sentence; empty: it would not.
  std::string ends_with_login;
};

/// Starts a run called `name`; empty: named after its command.
Result<Started> start(const RunSpec& spec, const std::string& name);

}  // namespace vigie::act
