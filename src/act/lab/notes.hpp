// The notes on an exercise between two calls of vigie lab: one file each in $XDG_STATE_HOME/vigie/lab.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.hpp"
#include "lab/exercise.hpp"

namespace vigie::act {

struct LabNotes {
  bool begun = false;             ///< its scene is set
  std::int64_t done_wall_ns = 0;  ///< when it was solved last; 0: never
  lab::Memory memory = {};
};

/// $XDG_STATE_HOME/vigie/lab, made (0700) and checked.
Result<std::string> lab_directory();

/// Nothing was noted yet: as new. A file that cannot be understood is an error, which names it.
Result<LabNotes> read_lab_notes(const std::string& directory, int number);
Result<void> write_lab_notes(const std::string& directory, int number, const LabNotes& notes);

}  // namespace vigie::act
