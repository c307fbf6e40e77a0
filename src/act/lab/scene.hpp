// Setting up the scene of an exercise, and removing it again with all that was made for it.
#pragma once

#include <string>
#include <vector>

#include "act/lab/notes.hpp"
#include "base/result.hpp"
#include "lab/exercise.hpp"
#include "model/run.hpp"

namespace vigie::act {

/// Starts the runs of the scene, after the remains of an earlier one are removed.
Result<void> begin_scene(const std::string& directory, const lab::Exercise& exercise, LabNotes& notes);

/// Ends and removes everything that the exercise has made, or the user for it: runs, jobs with its checkpoint, tmux
/// sessions, files.
Result<void> end_scene(const std::string& directory, const lab::Exercise& exercise, LabNotes& notes);

/// The runs of an exercise: those that it started, by a variable of their environment.
Result<std::vector<RunRecord>> runs_of_lab(int number);

/// Whether one of a command's words is this file, which belongs to the exercise alone.
[[nodiscard]] bool names_file(const std::vector<std::string>& words, const std::string& path);

}  // namespace vigie::act
