// Output of a process that vigie did not start: its destination and, if that is a file, its content.
#pragma once

#include <string>

#include "act/log/log.hpp"
#include "base/result.hpp"
#include "model/task.hpp"

namespace vigie::act {

/// Shows the file that the standard output of `process`, or else its standard error, goes to, as `request` says; with
/// `follow` until the process ends. If it is no file, fails and names the destination: "train-4711 prints to the
/// terminal /dev/pts/3, …". `name` is the name of its run.
Result<void> show_output_file(const std::string& name, ProcessId process, const LogRequest& request, LogSink& sink);

}  // namespace vigie::act
