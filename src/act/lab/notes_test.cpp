#include "act/lab/notes.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "act/host_for_tests.hpp"
#include "act/lab/lesson.hpp"

namespace vigie::act {
namespace {

class Notes : public OwnState {};

TEST_F(Notes, AnExerciseThatWasNeverBegunIsAsNew) {
  const Result<LabNotes> notes = read_lab_notes(lab_directory().value(), 3);
  ASSERT_TRUE(notes);
  EXPECT_FALSE(notes->begun);
  EXPECT_EQ(notes->done_wall_ns, 0);
}

TEST_F(Notes, WhatAnExerciseRemembersOutlivesTheCommand) {
  const std::string place = lab_directory().value();
  const LabNotes written{.begun = true, .done_wall_ns = 7, .memory = {{"segment", "/dev/shm/a\xff"}}};
  ASSERT_TRUE(write_lab_notes(place, 3, written));
  const Result<LabNotes> read = read_lab_notes(place, 3);
  ASSERT_TRUE(read);
  EXPECT_TRUE(read->begun);
  EXPECT_EQ(read->done_wall_ns, 7);
  EXPECT_EQ(read->memory, written.memory);
  const std::vector<LessonState> states = lesson_states().value();
  EXPECT_TRUE(states[2].begun);
  EXPECT_FALSE(states[1].begun);
}

TEST_F(Notes, AFileThatCannotBeUnderstoodIsNamed) {
  const std::string place = lab_directory().value();
  std::ofstream(place + "/3.json") << "{\"begun\": 1";
  const Result<LabNotes> read = read_lab_notes(place, 3);
  EXPECT_TRUE(read.error().message.contains("3.json cannot be understood: `vigie lab --reset` begins anew"));
  EXPECT_FALSE(lesson_states().value()[2].begun) << "the list of exercises is shown all the same";
}

}  // namespace
}  // namespace vigie::act
