#include "act/subjects.hpp"

#include <algorithm>
#include <utility>

#include "act/target.hpp"

namespace vigie::act {

Result<std::vector<const Run*>> subjects(const Frame& frame, const std::string& text) {
  std::vector<const Run*> runs;
  if (text.empty()) {
    for (const Run& run : frame.view.runs) {
      if (!is_over(run.state)) runs.push_back(&run);
    }
    return runs;
  }
  ASSIGN_OR_RETURN(act::Target target, resolve_target(frame, text));
  if (!target.run) {
    const std::size_t index = target.processes.front();
    const int run = index < frame.view.run_of.size() ? frame.view.run_of[index] : -1;
    if (run < 0) {
      return fail(target.label + " belongs to no run: only runs are diagnosed; see vigie ls", ErrorKind::no_target);
    }
    target.run = static_cast<std::size_t>(run);
  }
  runs.push_back(&frame.view.runs[*target.run]);
  return runs;
}

ChooseRuns subjects_while_there(std::string target, std::shared_ptr<bool> seen) {
  return [target = std::move(target), seen = std::move(seen)](const Frame& bare) -> Result<std::vector<const Run*>> {
    Result<std::vector<const Run*>> runs = subjects(bare, target);
    if (!runs && *seen) return std::vector<const Run*>();  // it ended meanwhile
    if (runs) *seen = true;
    return runs;
  };
}

}  // namespace vigie::act
