#include "act/lab/lesson.hpp"

#include <poll.h>
#include <unistd.h>

#include <fmt/format.h>

#include "act/lab/scene.hpp"
#include "base/clock.hpp"

namespace vigie::act {
namespace {

constexpr double look_seconds = 0.5;
constexpr double ready_seconds = 30;  ///< a scene that is not ready by then never will be
constexpr double longest_measurement = 20;

}  // namespace

Result<Lesson> Lesson::open(const lab::Exercise& exercise) {
  ASSIGN_OR_RETURN(std::string directory, lab_directory());
  ASSIGN_OR_RETURN(LabNotes notes, read_lab_notes(directory, exercise.number));
  return Lesson(exercise, std::move(directory), std::move(notes));
}

Result<void> Lesson::begin(const std::function<bool()>& given_up) {
  RETURN_IF_ERROR(begin_scene(directory_, *exercise_, notes_));
  for (double waited = 0; waited < ready_seconds && !given_up(); waited += look_seconds) {
    ASSIGN_OR_RETURN(lab::Sight sight, observer_.look(notes_.memory));
    if (exercise_->ready(sight, notes_.memory)) return write_lab_notes(directory_, exercise_->number, notes_);
    rest();
  }
  if (given_up()) return {};
  ignore_error(end_scene(directory_, *exercise_, notes_));
  return fail(
      fmt::format("the scene of exercise {} did not get ready within {:.0f} s", exercise_->number, ready_seconds));
}

Result<lab::Verdict> Lesson::check() {
  const lab::Memory before = notes_.memory;
  ASSIGN_OR_RETURN(lab::Sight sight, observer_.look(notes_.memory));
  lab::Verdict verdict = exercise_->check(sight, notes_.memory);
  if (notes_.memory == before) return verdict;
  RETURN_IF_ERROR(write_lab_notes(directory_, exercise_->number, notes_));
  return verdict;
}

Result<lab::Verdict> Lesson::check_to_the_end() {
  Result<lab::Verdict> verdict = check();
  for (double spent = 0; verdict && verdict->takes_time && spent < longest_measurement; spent += look_seconds) {
    rest();
    verdict = check();
  }
  return verdict;
}

Result<void> Lesson::solved() {
  notes_.done_wall_ns = now().wall_ns;
  return end_scene(directory_, *exercise_, notes_);
}

void Lesson::rest() {
  ::poll(nullptr, 0, static_cast<int>(look_seconds * 1000));
}

Result<std::vector<LessonState>> lesson_states() {
  ASSIGN_OR_RETURN(std::string directory, lab_directory());
  std::vector<LessonState> states;
  for (const lab::Exercise& exercise : lab::exercises()) {
    const LabNotes notes = read_lab_notes(directory, exercise.number).value_or(LabNotes{});
    states.push_back({.exercise = &exercise, .begun = notes.begun, .done_wall_ns = notes.done_wall_ns});
  }
  return states;
}

Result<void> forget_lessons() {
  ASSIGN_OR_RETURN(std::string directory, lab_directory());
  for (const lab::Exercise& exercise : lab::exercises()) {
    LabNotes notes = read_lab_notes(directory, exercise.number).value_or(LabNotes{.begun = true, .memory = {}});
    RETURN_IF_ERROR(end_scene(directory, exercise, notes));
    ::unlink(fmt::format("{}/{}.json", directory, exercise.number).c_str());
  }
  return {};
}

}  // namespace vigie::act
