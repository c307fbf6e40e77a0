// Targets that are not the user's own, or not vigie's, and their description before an act on them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "act/target.hpp"
#include "base/result.hpp"
#include "model/frame.hpp"

namespace vigie::act {

struct Stranger {
  bool foreign = false;     ///< it belongs to another user
  std::string description;  ///< safe text: "zebra-4711 of zeb, which vigie did not start: python zebra.py"
};

/// Those of the targets that belong to another user or that vigie did not start as a run. Another user's targets that
/// the kernel protects from this one are not among them: the attempt will be refused.
[[nodiscard]] std::vector<Stranger> strangers_among(const Frame& frame, const std::vector<Target>& targets);

/// Refuses targets that must never be acted on: pid 1, vigie itself and its ancestors (kind denied), and a zombie, to
/// which nothing can be done. One such target is enough.
Result<void> refuse_untouchable(const Frame& frame, const std::vector<Target>& targets, std::string_view verb);

}  // namespace vigie::act
