// Output of a process that vigie did not start: where it goes and, where that is a file, what is in it.
#pragma once

#include <string>

#include "act/log/log.hpp"
#include "base/result.hpp"
#include "model/task.hpp"

namespace vigie::act {

/// Shows the file that the standard output of `process`, or else its standard error, goes to, as `request` says; with
/// `follow` until the process ends. Fails with what its output is where it is no file: "train-4711 prints to the
/// terminal /dev/pts/3, …". `name` is what its run is called.
Result<void> show_output_file(const std::string& name, ProcessId process, const LogRequest& request, LogSink& sink);

}  // namespace vigie::act
