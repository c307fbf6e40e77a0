// The verdict on runs and the machine: the findings, what is not sure yet, and that nothing is wrong.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "model/finding.hpp"
#include "model/frame.hpp"
#include "rules/check/check.hpp"
#include "rules/facts/relaunch.hpp"

namespace vigie::views {

struct VerdictWish {
  bool host = false;               ///< the machine, too; otherwise only its findings that may be a run's trouble
  rules::CheckPlaces places = {};  ///< directories of the machine's checklist
  std::size_t width = 0;           ///< of the terminal: text is folded; 0: none
  bool color = false;
};

struct Verdict {
  std::string text;               ///< for people
  std::vector<Finding> findings;  ///< in the order of the text
  std::vector<rules::Relaunch> relaunches;
  std::vector<Suspicion> suspicions;
  bool something_wrong = false;  ///< more than a note; of an ended run, that it did not end well
};

/// On these runs of a frame that was judged.
[[nodiscard]] Verdict verdict_on(const Frame& frame, const std::vector<const Run*>& runs, const VerdictWish& wish);

}  // namespace vigie::views
