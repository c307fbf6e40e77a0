// The log of a run, as far as it is or as it grows.
#pragma once

#include <string>

#include "act/log/log.hpp"
#include "base/result.hpp"

namespace vigie::act {

/// Until the log's present end, or with `follow` the end of the run in `directory`.
Result<void> show_log(const std::string& directory, const LogRequest& request, LogSink& sink);

}  // namespace vigie::act
