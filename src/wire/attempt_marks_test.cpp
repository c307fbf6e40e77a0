#include "wire/attempt_marks.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "base/test_directory.hpp"

namespace vigie::wire {
namespace {

TEST(AttemptMarks, SayWhereEachAttemptBegins) {
  const TestDirectory run;
  EXPECT_TRUE(attempt_marks(run.path()).empty());
  ASSERT_TRUE(mark_attempt(run.path(), 3, 900));
  ASSERT_TRUE(mark_attempt(run.path(), 2, 500));
  const std::vector<AttemptMark> marks = attempt_marks(run.path());
  ASSERT_EQ(marks.size(), 2U);
  EXPECT_EQ(marks[0].attempt, 2U);
  EXPECT_EQ(marks[0].offset, 500U) << "by offset";
  EXPECT_EQ(marks[1].attempt, 3U);
  EXPECT_FALSE(marks[1].time.empty());
}

TEST(AttemptMarks, OtherEventsAndDamagedLinesArePassedOver) {
  const TestDirectory run;
  std::ofstream(run.path("events.jsonl"))
      << R"({"time": "t", "event": "started"})" << "\n"
      << R"(["attempt began"])" << "\n"
      << R"({"time": "t", "event": "signalled", "why": "attempt began"})" << "\n"
      << R"({"event": "attempt began", "attempt": -2, "log_offset": "x"})" << "\n\n"
      << R"({"time": "T", "event": "attempt began", "attempt": 2, "log_offset": 7})" << "\n"
      << R"({"time": "T", "event": "attempt began", "attem)";
  const std::vector<AttemptMark> marks = attempt_marks(run.path());
  ASSERT_EQ(marks.size(), 2U);
  EXPECT_EQ(marks[0].attempt, 0U) << "what is no number is none";
  EXPECT_EQ(marks[0].offset, 0U);
  EXPECT_EQ(marks[0].time, "");
  EXPECT_EQ(marks[1].attempt, 2U);
  EXPECT_EQ(marks[1].offset, 7U);
  EXPECT_EQ(marks[1].time, "T");
}

TEST(AttemptMarks, TheLastLineMayHaveNoEnd) {
  const TestDirectory run;
  std::ofstream(run.path("events.jsonl")) << R"({"event": "attempt began", "attempt": 2, "log_offset": 7})";
  ASSERT_EQ(attempt_marks(run.path()).size(), 1U);
}

}  // namespace
}  // namespace vigie::wire
