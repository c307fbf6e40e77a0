// An exercise from its beginning to its end, with loads that really run: this test program is the one that they execute
// (keeping_test.cpp).
#include "act/lab/lesson.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <string>

#include "act/kept_for_tests.hpp"
#include "act/lab/scene.hpp"

namespace vigie::act {
namespace {

class Taught : public Kept {
 protected:
  static lab::Verdict verdict_until(Lesson& lesson, std::size_t step) {
    constexpr int most_looks = 60;
    lab::Verdict verdict = lesson.check().value();
    for (int look = 0; look < most_looks && !verdict.steps[step].done; ++look) {
      Lesson::rest();
      verdict = lesson.check().value();
    }
    return verdict;
  }
};

TEST_F(Taught, AnExerciseIsSetSolvedAndCleanedUp) {
  Result<Lesson> lesson = Lesson::open(lab::zombies());
  ASSERT_TRUE(lesson);
  EXPECT_FALSE(lesson->begun());
  const Result<void> begun = lesson->begin([] { return false; });
  ASSERT_TRUE(begun) << begun.error().message;
  EXPECT_TRUE(lesson->begun());
  const std::string segment = lab::recall(lesson->memory(), "segment");
  EXPECT_TRUE(std::filesystem::exists(segment)) << segment;
  EXPECT_EQ(std::ranges::count(lab::recall(lesson->memory(), "zombies"), ','), 2) << "three of them";
  const lab::Verdict first = lesson->check().value();
  EXPECT_FALSE(first.steps[0].done);
  EXPECT_FALSE(first.steps[1].done);
  EXPECT_EQ(first.steps[0].remark, "3 are there, and so is their parent");

  std::filesystem::remove(segment);
  EXPECT_TRUE(verdict_until(*lesson, 1).steps[1].done);
  ASSERT_TRUE(stop_run("lab-6-parent"));
  Result<Lesson> later = Lesson::open(lab::zombies());  // `vigie lab --check` goes on with what was noted
  EXPECT_TRUE(later->begun());
  EXPECT_TRUE(verdict_until(*later, 0).done());
  EXPECT_TRUE(later->check_to_the_end()->done());
  ASSERT_TRUE(later->solved());
  EXPECT_TRUE(runs_of_lab(6)->empty());
  EXPECT_FALSE(later->begun());
  const std::vector<LessonState> states = lesson_states().value();
  EXPECT_NE(states[5].done_wall_ns, 0);
  EXPECT_EQ(states[4].done_wall_ns, 0);
  ASSERT_TRUE(forget_lessons());
  EXPECT_EQ(lesson_states().value()[5].done_wall_ns, 0);
}

TEST_F(Taught, AUserWhoGivesUpWaitingIsLeftWithTheScene) {
  Result<Lesson> lesson = Lesson::open(lab::zombies());
  ASSERT_TRUE(lesson);
  ASSERT_TRUE(lesson->begin([] { return true; }));
  EXPECT_EQ(runs_of_lab(6)->size(), 2U);
  ASSERT_TRUE(lesson->begin([] { return true; })) << "an earlier scene is removed first";
  EXPECT_EQ(runs_of_lab(6)->size(), 2U);
  EXPECT_TRUE(runs_of_lab(5)->empty());
  ASSERT_TRUE(forget_lessons());
  EXPECT_TRUE(runs_of_lab(6)->empty());
}

/// A training with this checkpoint, as a user starts it in the background.
std::function<void(const Process::Ready&)> training(const std::string& checkpoint) {
  return [checkpoint](const Process::Ready& ready) {
    ready();
    ::execl("/proc/self/exe", "vigie", "load", "training", "--size", "1M", "--checkpoint", checkpoint.c_str(), nullptr);
  };
}

TEST_F(Taught, AJobInTheBackgroundIsSeenStoppedResumedAndEnded) {
  Lesson lesson = Lesson::open(lab::background()).value();
  ASSERT_TRUE(lesson.begin([] { return false; }));
  const Process job(training(lab::recall(lesson.memory(), "checkpoint")));
  EXPECT_TRUE(verdict_until(lesson, 0).steps[0].done);
  (void)control::send_signal(job.id(), SIGSTOP).has_value();
  EXPECT_TRUE(verdict_until(lesson, 1).steps[1].done);
  (void)control::send_signal(job.id(), SIGCONT).has_value();
  EXPECT_TRUE(verdict_until(lesson, 2).steps[2].done);
  (void)control::send_signal(job.id(), SIGTERM).has_value();
  EXPECT_TRUE(verdict_until(lesson, 3).done());
  ASSERT_TRUE(lesson.solved());
}

TEST_F(Taught, AJobThatAUserStartedForAnExerciseEndsWithIt) {
  Lesson lesson = Lesson::open(lab::background()).value();
  ASSERT_TRUE(lesson.begin([] { return false; }));
  const std::string checkpoint = lab::recall(lesson.memory(), "checkpoint");
  const Process job(training(checkpoint)), other(training(directory.path("other.ckpt")));
  EXPECT_TRUE(verdict_until(lesson, 0).steps[0].done);
  (void)control::send_signal(job.id(), SIGSTOP).has_value();
  ASSERT_TRUE(lesson.solved());
  EXPECT_TRUE(ends(job.id())) << "also while it is stopped";
  EXPECT_TRUE(other.alive()) << "it belongs to no exercise";
  EXPECT_FALSE(std::filesystem::exists(checkpoint));
}

TEST_F(Taught, EachExerciseIsSetAsItSaysAndLeavesNothing) {
  for (const lab::Exercise& exercise : lab::exercises()) {
    Lesson lesson = Lesson::open(exercise).value();
    const Result<void> begun = lesson.begin([] { return true; });
    ASSERT_TRUE(begun) << exercise.number << ": " << begun.error().message;
    lab::Memory memory = lesson.memory();
    EXPECT_EQ(runs_of_lab(exercise.number)->size(), exercise.scene(memory, 0).size()) << exercise.number;
    EXPECT_FALSE(lesson.check()->done()) << exercise.number;
    ASSERT_TRUE(lesson.solved()) << exercise.number;
    EXPECT_TRUE(runs_of_lab(exercise.number)->empty()) << exercise.number;
  }
}

TEST_F(Taught, TheSessionsOfAnExerciseEndWithItAndOthersDoNot) {
  const std::string path = std::getenv("PATH") != nullptr ? std::getenv("PATH") : "/usr/bin:/bin";
  std::ofstream(directory.path("tmux")) << "#!/bin/sh\necho \"$@\" >> " << directory.path("log") << R"(
case $1 in
  list-panes) for pane in 1 2 3; do echo '0 @1 lab-7-mine'; done ;;
  list-sessions) printf 'lab-7-mine\nwork\n' ;;
esac
)";
  std::filesystem::permissions(directory.path("tmux"), std::filesystem::perms::owner_all);
  ::setenv("PATH", (directory.path() + ":" + path).c_str(), 1);
  Lesson lesson = Lesson::open(lab::session()).value();
  ASSERT_TRUE(lesson.begin([] { return false; }));
  const lab::Verdict verdict = lesson.check().value();
  EXPECT_TRUE(verdict.steps[0].done) << "a session of that name is there";
  EXPECT_TRUE(verdict.steps[1].done) << "with three panes";
  ASSERT_TRUE(lesson.solved());
  ::setenv("PATH", path.c_str(), 1);
  std::ifstream file(directory.path("log"));
  const std::string told((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  EXPECT_TRUE(told.contains("kill-session -t =lab-7-mine\n")) << told;
  EXPECT_FALSE(told.contains("=work")) << told;
}

TEST(Scene, AFileIsNamedByAWordOrByTheValueOfAnOption) {
  EXPECT_TRUE(names_file({"vigie", "load", "--checkpoint", "/a/5.ckpt"}, "/a/5.ckpt"));
  EXPECT_TRUE(names_file({"vigie", "load", "--checkpoint=/a/5.ckpt"}, "/a/5.ckpt"));
  EXPECT_FALSE(names_file({"vigie", "load", "--checkpoint", "/a/5.ckpt.old"}, "/a/5.ckpt"));
  EXPECT_FALSE(names_file({"rm", "/b/a/5.ckpt"}, "/a/5.ckpt"));
}

}  // namespace
}  // namespace vigie::act
