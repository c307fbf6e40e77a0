// A load as a user asks for it, and keeping it until its end.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "base/result.hpp"
#include "load/kinds.hpp"

namespace vigie::act {

/// As written on the command line; empty: the kind's own.
struct LoadWish {
  std::string kind;
  std::string duration = "60s", size, rate, directory, checkpoint;
  std::optional<std::size_t> count, cpus;
};

/// The kind "riddle" stands for the words in LOAD_RIDDLE, "cpu --rate 20%": the exercises start loads that must be
/// found by their actions, not by their command lines. (Variables called VIGIE_… are not passed on to runs.)
Result<LoadWish> what_is_meant(const LoadWish& given);

/// Kind usage when there is no load of that name; the nearest one is offered.
Result<const load::Kind*> kind_of(const LoadWish& wish);

/// Kind usage when the kind does not have an option that was given, or a value is none.
Result<load::Request> request_of(const LoadWish& wish, const load::Kind& kind);

/// How a load came to its end.
struct LoadEnding {
  std::string why;     ///< "time is over", "finished", "SIGTERM"
  int signal = 0;      ///< that ended it
  double seconds = 0;  ///< that it took
};

/// Begins it and keeps it until its time is over, it is finished, it fails or a signal ends it; SIGINT, SIGTERM, SIGHUP
/// and SIGQUIT are blocked from here on. `looked` is called when it begins and several times a second. An Error also
/// when the machine has little memory left for a kind that takes some.
Result<LoadEnding> keep_load(load::Load& work, const load::Kind& kind, double seconds,
                             const std::function<void(bool begins)>& looked);

}  // namespace vigie::act
