// What the screens of one run, of GPUs, of disks and of alerts must never get wrong.
#include <gtest/gtest.h>

#include <clocale>

#include "base/text.hpp"
#include "tui/busy_host_for_tests.hpp"
#include "tui/picture_for_tests.hpp"

namespace vigie::tui {
namespace {

class DepthScreens : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { std::setlocale(LC_CTYPE, "C.UTF-8"); }
};

constexpr DrawScreen all_drawn[] = {draw_run, draw_gpus, draw_disks, draw_alerts};

Grid drawn(DrawScreen draw, const Frame& frame, Size size, const ViewState& state = {}) {
  const PastTime time(frame, 20);
  return draw(time.window(), state, size).grid;
}

TEST_F(DepthScreens, ABusyHostFitsIntoEverySize) {
  const PastTime time(busy_frame(), 5);
  for (const DrawScreen draw : all_drawn) {
    for (int rows = 1; rows < 30; rows += rows < 12 ? 1 : 5) {
      for (const int columns : {1, 2, 7, 20, 21, 40, 79, 130, 300}) {
        const Size size{.rows = rows, .columns = columns};
        EXPECT_EQ(draw(time.window(), {}, size).grid.size(), size);
      }
    }
  }
}

TEST_F(DepthScreens, AHostOfWhichNothingIsKnownIsDrawn) {
  const Frame frame = views::Scene().frame();
  for (const DrawScreen draw : all_drawn)
    EXPECT_NE(text_of(drawn(draw, frame, {20, 80})).find_first_not_of(" \n"), std::string::npos);
}

constexpr char evil[] = "\x1b[2J\x1b]0;x\a\u202e\u0301\u65e5\u672c\n\x9b\xff\u200b";

/// Every text of a host that others choose.
Frame evil_frame() {
  views::Scene scene = busy_scene();
  scene.snapshot.host.name = evil;
  for (ProcessSample& process : scene.snapshot.processes) {
    process.comm = evil;
    process.cmdline = std::string(evil) + '\0';
  }
  for (UserName& user : scene.snapshot.users) user.name = evil;
  Run& run = scene.view.runs.front();
  run.name = run.command = run.cwd = evil;
  Progress progress = *run.progress;
  progress.unit = progress.line = evil;
  progress.metrics = {{evil, 1}};
  run.progress = progress;
  for (GpuSample& gpu : *scene.snapshot.gpus) gpu.name = evil;
  for (DiskSample& disk : *scene.snapshot.host.disks) disk.name = evil;
  for (MountSample& mount : *scene.snapshot.host.mounts) mount.path = mount.type = evil;
  for (InterfaceSample& interface : *scene.snapshot.host.interfaces) interface.name = evil;
  scene.snapshot.supervised.front().log_tail = std::string(evil) + "\x1b[999;999H" + evil;
  Frame frame = scene.frame();
  frame.findings = findings_of_busy_host();
  for (Finding& finding : frame.findings) {
    finding.summary = evil;
    finding.evidence.front().text = evil;
    finding.causes = finding.actions = {evil};
  }
  frame.findings.front().subject = evil;
  return frame;
}

bool is_printable(const Cell& cell) {
  for (const char byte : cell.text) {
    if (static_cast<unsigned char>(byte) < 0x20 || byte == 0x7f) return false;
  }
  return cell.text.find("\u202e") == std::string::npos && cell.text.find("\u009b") == std::string::npos;
}

TEST_F(DepthScreens, NothingOfHostileTextReachesTheTerminalRaw) {
  const Frame frame = evil_frame();
  for (const DrawScreen draw : all_drawn) {
    for (const Size size : {Size{22, 80}, Size{38, 120}, Size{48, 200}, Size{5, 20}}) {
      const Grid grid = drawn(draw, frame, size);
      for (const Cell& cell : grid.cells()) EXPECT_TRUE(is_printable(cell)) << cell.text;
    }
  }
}

std::size_t column_of(const Grid& grid, int row, std::string_view part) {
  const std::string line = grid.text(row);
  return display_width(line.substr(0, line.find(part)));
}

TEST_F(DepthScreens, AHostileNameStaysWithinItsCellOfATable) {
  views::Scene scene = busy_scene();
  (*scene.snapshot.gpus)[0].name = std::string(300, 'x') + "\u65e5\u672c";
  const Grid grid = drawn(draw_gpus, scene.frame(), {22, 160});
  const int row = row_with(grid, "xxxx");
  ASSERT_GE(row, 0);
  EXPECT_EQ(column_of(grid, row, "500/700W"), column_of(grid, row + 1, "510/700W"));
}

TEST_F(DepthScreens, OfAHostWithoutGpusTheReasonStandsThere) {
  views::Scene scene;
  scene.snapshot.gpus = Presence::denied;
  scene.snapshot.sources.push_back(
      {.name = "gpu", .state = SourceState::denied, .reason = "the permissions of /dev/nvidia0 keep it from you"});
  const Grid grid = drawn(draw_gpus, scene.frame(), {10, 100});
  EXPECT_NE(grid.text(0).find("the permissions of /dev/nvidia0"), std::string::npos) << text_of(grid);
}

TEST_F(DepthScreens, AbsentValuesOfGpusAreNotZero) {
  views::Scene scene = busy_scene();
  (*scene.snapshot.gpus)[0].busy_percent = 0.0;
  (*scene.snapshot.gpus)[1].busy_percent = Presence::unknown;
  const Grid grid = drawn(draw_gpus, scene.frame(), {22, 120});
  EXPECT_NE(grid.text(1).find(" 0% "), std::string::npos);
  EXPECT_NE(grid.text(2).find("?"), std::string::npos);
  EXPECT_NE(grid.text(5).find("asleep"), std::string::npos);
  EXPECT_NE(grid.text(6).find("denied"), std::string::npos);
  EXPECT_NE(grid.text(7).find("~96%"), std::string::npos);
}

TEST_F(DepthScreens, SixteenGpusHaveALineEachOnASmallTerminal) {
  views::Scene scene = busy_scene();
  add_gpus(scene, 16);
  const Grid grid = drawn(draw_gpus, scene.frame(), {22, 80});
  EXPECT_EQ(grid.text(16).substr(0, 3), " 15");
}

TEST_F(DepthScreens, GraphsAreOfAllGpusOrOfNone) {
  views::Scene scene = busy_scene();
  add_gpus(scene, 16);
  (*scene.snapshot.gpus)[3].xid = Presence::unknown;
  const auto graphs = [&](Size size) {
    const std::string text = text_of(drawn(draw_gpus, scene.frame(), size));
    return text.find("GPU 0 90%") != std::string::npos && text.find("GPU 15 105%") != std::string::npos;
  };
  EXPECT_FALSE(graphs({22, 120}));
  EXPECT_TRUE(graphs({48, 200}));
}

TEST_F(DepthScreens, MoreGpusThanRowsScroll) {
  views::Scene scene = busy_scene();
  add_gpus(scene, 16);
  const PastTime time(scene.frame(), 3);
  const RowKey last = RowKey::of_other("gpu 0000:115:00.0");
  const Picture picture = draw_gpus(time.window(), {.selected = last, .reveal = true}, {6, 80});
  EXPECT_EQ(picture.rows.size(), 16U);
  EXPECT_EQ(picture.top, 11U);
  EXPECT_EQ(picture.grid.text(5).substr(0, 3), " 15");
}

TEST_F(DepthScreens, ADiskWithoutRequestsHasNoAverageAndNotZero) {
  views::Scene scene = busy_scene();
  scene.delta.host.disks[1].reads.await_seconds = Presence::unknown;
  const Grid grid = drawn(draw_disks, scene.frame(), {22, 80});
  const std::string line = grid.text(row_with(grid, "sda"));
  EXPECT_NE(line.find("?"), std::string::npos) << line;
}

TEST_F(DepthScreens, DisksThatWereNotReadAreNotMissingWithoutAWord) {
  const Grid grid = drawn(draw_disks, views::Scene().frame(), {20, 80});
  EXPECT_GE(row_with(grid, "Disks"), 0) << text_of(grid);
  EXPECT_GE(row_with(grid, "File systems"), 0) << text_of(grid);
}

TEST_F(DepthScreens, AFileSystemThatDoesNotAnswerComesBeforeTheFullest) {
  const Grid grid = drawn(draw_disks, busy_frame(), {38, 120});
  EXPECT_LT(row_with(grid, "/nfs"), row_with(grid, "/data"));
  EXPECT_LT(row_with(grid, "/data"), row_with(grid, "/scratch"));
  EXPECT_NE(grid.text(row_with(grid, "/scratch")).find("20000 files more"), std::string::npos);
}

TEST_F(DepthScreens, ThoseThatReadMostComeFirstAndWhatIsDeniedIsSaid) {
  const Grid grid = drawn(draw_disks, busy_frame(), {38, 120});
  EXPECT_LT(row_with(grid, " 270 ada"), row_with(grid, " 260 ada"));
  EXPECT_GE(row_with(grid, "not known of 1 process of others"), 0);
}

TEST_F(DepthScreens, TheRunThatIsAskedForIsShownAndOneThatIsGoneIsSaidToBe) {
  views::Scene scene = busy_scene();
  scene.add_run("other").command = "sleep 1000";
  EXPECT_GE(row_with(drawn(draw_run, scene.frame(), {22, 80}, {.run = "other"}), "sleep 1000"), 0);
  EXPECT_GE(row_with(drawn(draw_run, scene.frame(), {22, 80}, {.run = "zzz"}), "The run zzz is not there any more"), 0);
  EXPECT_GE(row_with(drawn(draw_run, views::Scene().frame(), {22, 80}), "There is no run to show"), 0);
}

TEST_F(DepthScreens, ARunThatIsOverSaysHowItEndedAndHasNoEmptyGraph) {
  views::Scene scene = busy_scene();
  vigie::Run& run = scene.view.runs.front();
  run.state = RunState::failed;
  run.exit = ExitRecord{.kind = ExitRecord::Kind::code, .value = 3, .reason = {}};
  run.ended_wall_ns = (views::Scene::now_seconds - 5) * views::Scene::second;
  run.members.clear();
  const Grid grid = drawn(draw_run, scene.frame(), {22, 80});
  EXPECT_GE(row_with(grid, "exit code 3"), 0) << text_of(grid);
  EXPECT_EQ(row_with(grid, "scale"), -1) << text_of(grid);
  EXPECT_EQ(row_with(grid, "Time"), -1) << text_of(grid);
}

TEST_F(DepthScreens, TheProcessUnderTheCursorIsNamed) {
  const Grid grid = drawn(draw_run, busy_frame(), {22, 100}, {.selected = RowKey::of({250, 1000})});
  EXPECT_GE(row_with(grid, "rank 5  pid 250: waits for a disk"), 0) << text_of(grid);
}

TEST_F(DepthScreens, WhatIsToBeDoneIsShownOnASmallTerminalToo) {
  const Grid grid = drawn(draw_run, busy_frame(), {22, 80});
  EXPECT_GE(row_with(grid, "do        let rank 5 read from nvme0n1"), 0) << text_of(grid);
}

TEST_F(DepthScreens, ARunWhoseProgressIsNotKnownSaysSoAndHasNoEmptyBar) {
  views::Scene scene = busy_scene();
  scene.view.runs.front().progress = Presence::unsupported;
  const Grid grid = drawn(draw_run, scene.frame(), {22, 80});
  EXPECT_GE(row_with(grid, "its progress is not known"), 0) << text_of(grid);
}

TEST_F(DepthScreens, TheLogIsShownAsATerminalWouldHaveIt) {
  const Grid grid = drawn(draw_run, busy_frame(), {30, 80});
  EXPECT_GE(row_with(grid, "step 1200 loss 0.4123"), 0) << text_of(grid);
  EXPECT_EQ(row_with(grid, "step 1199"), -1);
}

TEST_F(DepthScreens, TheWorstAlertComesFirst) {
  const Grid grid = drawn(draw_alerts, busy_frame(), {22, 80});
  EXPECT_EQ(row_with(grid, "GPU 3 lost memory"), 1) << text_of(grid);
  EXPECT_LT(row_with(grid, "rank-straggler"), row_with(grid, "disk.busy is 97 %"));
}

TEST_F(DepthScreens, OnASmallTerminalAllAlertsAreListedAndTheOneUnderTheCursorIsOpen) {
  const PastTime time(busy_frame(), 3);
  const Picture closed = draw_alerts(time.window(), {}, {8, 80});
  EXPECT_GE(row_with(closed.grid, "disk.busy"), 0) << text_of(closed.grid);
  EXPECT_EQ(row_with(closed.grid, "let rank 5 read"), -1);
  const Picture open = draw_alerts(time.window(), {.selected = closed.rows.at(1), .reveal = true}, {10, 80});
  EXPECT_GE(row_with(open.grid, "let rank 5 read"), 0) << text_of(open.grid);
}

TEST_F(DepthScreens, OneFactIsNotToldTwice) {
  const Grid grid = drawn(draw_alerts, busy_frame(), {40, 120});
  EXPECT_EQ(row_with(grid, "gpu.errors"), -1) << text_of(grid);
}

TEST_F(DepthScreens, AFilterLeavesOutWhatDoesNotHaveIt) {
  const Frame frame = busy_frame();
  EXPECT_EQ(row_with(drawn(draw_disks, frame, {38, 120}, {.filter = "260"}), " 270 ada"), -1);
  EXPECT_GE(row_with(drawn(draw_disks, frame, {38, 120}, {.filter = "260"}), " 260 ada"), 0);
  EXPECT_EQ(row_with(drawn(draw_gpus, frame, {38, 120}, {.filter = "rank 1"}), "rank 2"), -1);
  EXPECT_EQ(row_with(drawn(draw_alerts, frame, {38, 120}, {.filter = "DISK.busy"}), "GPU 3 lost"), -1);
}

TEST_F(DepthScreens, ASearchFindsRowsBelowTheGpus) {
  const PastTime time(busy_frame(), 3);
  const Picture picture = draw_gpus(time.window(), {.search = "rank 1"}, {38, 120});
  EXPECT_EQ(picture.matches, std::vector<std::size_t>{9});
  EXPECT_EQ(picture.rows.at(9), RowKey::of({210, 1000}));
  const Picture alerts = draw_alerts(time.window(), {.search = "disk.busy"}, {38, 120});
  ASSERT_EQ(alerts.matches.size(), 1U);
}

TEST_F(DepthScreens, WithoutARunItIsSaidWhyThereAreNoFindingsAboutRuns) {
  const Grid grid = drawn(draw_alerts, views::Scene().frame(), {10, 80});
  EXPECT_GE(row_with(grid, "No run is alive"), 0) << text_of(grid);
}

}  // namespace
}  // namespace vigie::tui
