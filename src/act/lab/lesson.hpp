// An exercise while it is worked on: its scene, its verdicts and its notes.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "act/lab/notes.hpp"
#include "act/lab/sight.hpp"
#include "base/result.hpp"
#include "lab/exercise.hpp"

namespace vigie::act {

class Lesson {
 public:
  /// With its earlier notes.
  static Result<Lesson> open(const lab::Exercise& exercise);

  [[nodiscard]] bool begun() const { return notes_.begun; }
  [[nodiscard]] const lab::Memory& memory() const { return notes_.memory; }

  /// Sets the scene and waits until it is ready, or `given_up` says that the user does not wait any longer.
  Result<void> begin(const std::function<bool()>& given_up);
  /// One verdict. Its notes are kept.
  Result<lab::Verdict> check();
  /// The same; waits for measurements that have begun.
  Result<lab::Verdict> check_to_the_end();
  /// Ends the scene of an exercise that is done.
  Result<void> solved();

  /// The pause between two looks.
  static void rest();

 private:
  Lesson(const lab::Exercise& exercise, std::string directory, LabNotes notes)
      : exercise_(&exercise), directory_(std::move(directory)), notes_(std::move(notes)), observer_(exercise) {}

  const lab::Exercise* exercise_;
  std::string directory_;
  LabNotes notes_;
  LabObserver observer_;
};

/// How far the user is with an exercise.
struct LessonState {
  const lab::Exercise* exercise = nullptr;
  bool begun = false;
  std::int64_t done_wall_ns = 0;  ///< when it was solved last; 0: never
};
/// Of all exercises. Notes that cannot be understood count as none.
Result<std::vector<LessonState>> lesson_states();

/// Ends every exercise and removes its notes.
Result<void> forget_lessons();

}  // namespace vigie::act
