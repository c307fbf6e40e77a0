// Progress of runs whose output goes into a file: those that vigie did not start have no terminal of its own to read.
#pragma once

#include "feed/feed_options.hpp"
#include "model/frame.hpp"

namespace vigie {

/// Sets the progress of runs that vigie found or adopted, from the end of the file that their standard output or error
/// is, where it is a regular one and may be read. Live frames only.
void add_file_progress(const ProgressReader& read, Frame& frame);

}  // namespace vigie
