#include "tui/run_matrix.hpp"

#include <gtest/gtest.h>

#include <array>
#include <clocale>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "tui/picture_for_tests.hpp"
#include "tui/run_course.hpp"

namespace vigie::tui {
namespace {

class RunMatrix : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { std::setlocale(LC_CTYPE, "C.UTF-8"); }

  RunMatrix() { scene.add_run("train"); }

  void add(vigie::Role role, int number, StateShares shares, int trainer = -1) {
    scene.process(next_pid++, 1, "python3");
    shares.looks = 10;
    scene.delta.processes.back().states = shares;
    scene.join(role, number, trainer);
  }
  void add_all(int count) {
    for (int rank = 0; rank < count; ++rank) add(vigie::Role::rank, rank, {.running = 1});
  }
  std::string drawn(Size size) {
    frame = scene.frame();
    Grid grid(size);
    draw_matrix(grid, 0, size.rows, matrix_of(frame, frame.view.runs[0]), {});
    return text_of(grid);
  }

  views::Scene scene;
  Frame frame;
  pid_t next_pid = 10;
};

TEST_F(RunMatrix, EachRankHasItsWorkersBesideItAndEachStateItsLetter) {
  add(vigie::Role::rank, 0, {.running = 0.9, .asleep = 0.1});
  add(vigie::Role::loader_worker, 0, {.disk = 1}, 0);
  add(vigie::Role::loader_worker, 1, {.disk = 0.9, .asleep = 0.1, .in_network = 0.9}, 0);
  add(vigie::Role::rank, 1, {.asleep = 1});
  add(vigie::Role::loader_worker, 0, {.stopped = 1}, 3);
  EXPECT_EQ(drawn({1, 40}), "rank 0 C DN  rank 1 W S\n");
}

TEST_F(RunMatrix, ARankThatIsMissingBetweenOthersKeepsItsPlaceAndIsGone) {
  add(vigie::Role::rank, 0, {.running = 1});
  add(vigie::Role::rank, 2, {.running = 1});
  EXPECT_EQ(drawn({1, 60}), "rank 0 C  rank 1 x  rank 2 C\n");
}

TEST_F(RunMatrix, AZombieIsGoneAndAStoppedProcessIsStoppedWhateverTheLooksSaid) {
  add(vigie::Role::rank, 0, {.running = 1});
  scene.snapshot.processes.back().state = 'Z';
  add(vigie::Role::rank, 1, {.running = 1});
  scene.snapshot.processes.back().state = 'T';
  EXPECT_EQ(drawn({1, 60}), "rank 0 x  rank 1 S\n");
}

TEST_F(RunMatrix, WithoutLooksTheStateAndTheUseOfTheCpuTell) {
  add(vigie::Role::rank, 0, {});
  scene.delta.processes.back().states = Presence::not_read;
  scene.delta.processes.back().cpu_percent = 97.0;
  add(vigie::Role::rank, 1, {});
  scene.delta.processes.back().states = Presence::not_read;
  add(vigie::Role::rank, 2, {});
  scene.delta.processes.back().states = Presence::not_read;
  scene.snapshot.processes.back().state = '?';
  EXPECT_EQ(drawn({1, 60}), "rank 0 C  rank 1 W  rank 2 ?\n");
}

TEST_F(RunMatrix, ManyRanksAreABlockOfLettersInTens) {
  add_all(25);
  EXPECT_EQ(drawn({1, 40}), "main    CCCCCCCCCC CCCCCCCCCC CCCCC\n");
}

TEST_F(RunMatrix, TooManyAreCountedAtTheEnd) {
  add_all(500);
  EXPECT_EQ(drawn({2, 40}),
            "main    CCCCCCCCCC CCCCCCCCCC CCCCCCCCCC\n"
            "        CCCCCCCCCC CCCCCCCCCC +450 more\n");
}

TEST_F(RunMatrix, TheCursorCanStandOnEachProcessAndItsLetterIsMarked) {
  add(vigie::Role::rank, 0, {.running = 1});
  add(vigie::Role::loader_worker, 0, {.asleep = 1}, 0);
  frame = scene.frame();
  const std::vector<MatrixGroup> groups = matrix_of(frame, frame.view.runs[0]);
  EXPECT_EQ(keys_of(groups), (std::vector{RowKey::of({10, 1000}), RowKey::of({11, 1000})}));
  Grid grid({1, 40});
  draw_matrix(grid, 0, 1, groups, {.selected = RowKey::of({11, 1000})});
  EXPECT_EQ(grid.at(0, 9).text, "W");
  EXPECT_EQ(grid.at(0, 9).role, Role::selected);
}

TEST_F(RunMatrix, ATrainerThatSleepsWhileItsGpuWorksComputes) {
  RunMoment moment{.asleep = 1.0};
  const std::array<const RunMoment*, 1> one{&moment};
  EXPECT_EQ(doing_of(one), Doing::waits);
  moment.gpu_percent = 95.0;
  EXPECT_EQ(doing_of(one), Doing::computes);
  moment.state = RunState::paused;
  EXPECT_EQ(doing_of(one), Doing::stopped);
  moment = {};
  EXPECT_EQ(doing_of(one), Doing::unknown);
}

TEST_F(RunMatrix, OfAProgramWithoutTrainersTheProcessThatSleptLeastTellsWhatItDid) {
  add(vigie::Role::other, -1, {.asleep = 1});
  add(vigie::Role::other, -1, {.disk = 0.8, .asleep = 0.2});
  const Moment moment = moment_of(scene.frame());
  const RunMoment* const run = moment.run("train");
  ASSERT_NE(run, nullptr);
  EXPECT_EQ(doing_of(std::array{run}), Doing::disk);
}

TEST_F(RunMatrix, AllLettersAreDifferentAndInTheLegend) {
  std::set<char> letters;
  for (int doing = 0; doing <= static_cast<int>(Doing::gone); ++doing) {
    const Mark mark = mark_of(static_cast<Doing>(doing));
    letters.insert(mark.letter);
    const std::string entry{mark.letter, ' '};
    EXPECT_TRUE(doing == 0 || legend_of_doing().find(entry) != std::string_view::npos) << mark.words;
  }
  EXPECT_EQ(letters.size(), 7U);
}

TEST_F(RunMatrix, TheTimelineEndsAtTheRightEdgeAndIsEmptyBeforeTheRunBegan) {
  add(vigie::Role::trainer, -1, {.running = 1});
  frame = scene.frame();
  std::vector<Moment> moments(4);
  for (std::size_t at = 0; at < moments.size(); ++at)
    moments[at].wall_ns = static_cast<std::int64_t>(at) * 2 * nanoseconds_per_second;
  moments[1].runs = {{.id = "train", .running = 1.0}};
  moments[2].runs = {{.id = "train", .disk = 1.0}};
  moments[3].runs = {{.id = "train", .stopped = 1.0}};
  const Window window{.frame = std::make_shared<const Frame>(frame), .moments = moments};
  Grid grid({2, 30});
  draw_timeline(grid, 0, window, frame.view.runs[0], {.symbols = Symbols::ascii}, "");
  EXPECT_EQ(text_of(grid), "Time: the last 6 s\n" + std::string(27, ' ') + "CDS\n");
}

}  // namespace
}  // namespace vigie::tui
