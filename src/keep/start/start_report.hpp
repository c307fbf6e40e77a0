// The report of a starting keeper to the client that waits for it: once, through a pipe, within one program version.
#pragma once

#include <sys/types.h>

#include "base/result.hpp"
#include "model/run.hpp"

namespace vigie::keep {

struct StartReport {
  enum Step : int { nothing, keeper, terminal, process, directory, priority, limit, exec, record, kept };
  Step failed_at = nothing;
  int errno_value = 0;
  pid_t pid = 0;  ///< the main process, when nothing failed
};

/// Whether it failed because another keeper has the run, or it was changed meanwhile: what the record says is theirs.
[[nodiscard]] bool is_kept_by_another(const Error& error);

/// What failed, in a sentence that names the file and the reason.
[[nodiscard]] Error error_of(const StartReport& report, const RunRecord& record);

}  // namespace vigie::keep
