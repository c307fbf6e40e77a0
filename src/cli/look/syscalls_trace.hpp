// vigie syscalls --trace: the view of a recording of system calls.
#pragma once

#include <cstddef>

#include "base/result.hpp"
#include "cli/look.hpp"
#include "model/frame.hpp"

namespace vigie::cli {

struct TraceOptions {
  bool trace = false;
  bool files = false;      ///< the files alone
  std::size_t count = 10;  ///< of the files, for people
};

/// The calls and the files of the frame's recording. The view is the last one when a signal ended the recording.
[[nodiscard]] Result<View> render_trace(const Frame& frame, const LookOptions& look, const TraceOptions& options);

/// Warns on standard error, before any process is slowed, that it will be and by how much.
void warn_of_tracing(std::size_t processes);

/// Ends or stops vigie as the signal that ended the recording would have; returns when that is 0 or vigie goes on.
void obey(int signal);

}  // namespace vigie::cli
