// The checklist: is the machine, and one run on it, in the state that training wants? Pure, like all rules.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/frame.hpp"

namespace vigie::rules {

/// In the order of monitoring plugins: the number is the exit status.
enum class CheckStatus : std::uint8_t { ok, warning, critical, unknown };

[[nodiscard]] constexpr std::string_view name_of(CheckStatus status) {
  switch (status) {
    case CheckStatus::ok: return "ok";
    case CheckStatus::warning: return "warning";
    case CheckStatus::critical: return "critical";
    case CheckStatus::unknown: return "unknown";
  }
  return "unknown";
}

struct CheckItem {
  std::string_view id;    ///< fixed vocabulary: "memory.available", ...
  Reading<double> value;  ///< in `unit`; absent when the item is unknown
  std::string_view unit;  ///< "%", "tasks", ...
  std::string target;     ///< what is wanted: "< 80"
  CheckStatus status = CheckStatus::unknown;
  std::string advice;  ///< what to do; the facts behind an ok; why an item is unknown
};

/// Directories whose file systems must have room; empty ones are not looked at.
struct CheckPlaces {
  std::string cwd;    ///< where the target, or the user, works
  std::string state;  ///< where the logs of runs are
};

/// The processes to judge: those of one run or of none, as indices into the snapshot.
struct CheckSubject {
  std::vector<std::size_t> processes = {};
  CheckPlaces places = {};
};

/// All items that `frame` has a source for. The control group is that of the first process in the frame's details whose
/// group could be read: with a subject its own, else that of the process that stands for the host (vigie itself).
[[nodiscard]] std::vector<CheckItem> check(const Frame& frame, const CheckSubject& subject);

/// The worst of all: critical before warning before unknown. An item that this host does not offer, or that needs a
/// second look that was not asked for, is no verdict; unknown when there is no other.
[[nodiscard]] CheckStatus overall(std::span<const CheckItem> items);

}  // namespace vigie::rules
