// The options of vigie load, and what they ask for.
#pragma once

#include <optional>
#include <string>

#include "base/result.hpp"
#include "load/kinds.hpp"

namespace vigie::cli {

class Command;

struct LoadOptions {
  std::string kind;
  std::string duration = "60s", size, rate, directory, checkpoint;
  std::optional<std::size_t> count, cpus;
  bool dry_run = false, json = false;
  bool takes_memory = false;  ///< it ends when the machine has little left
};

void add_load_options(Command& command, LoadOptions& options);

/// The kind "riddle" stands for what LOAD_RIDDLE says, "cpu --rate 20%": the exercises start loads that must be found
/// by what they do, not by their command lines. (Variables called VIGIE_… are not passed on to runs.)
Result<LoadOptions> what_is_meant(const LoadOptions& given);

/// Kind usage when the kind does not have an option that was given, or a value is none.
Result<load::Request> request_of(LoadOptions& options, const load::Kind& kind);

}  // namespace vigie::cli
