#include "tui/parts.hpp"

#include <gtest/gtest.h>

#include <clocale>
#include <numeric>

#include "tui/picture_for_tests.hpp"
#include "tui/prose.hpp"
#include "tui/text_table.hpp"
#include "tui/two_way_graph.hpp"

namespace vigie::tui {
namespace {

class ScreenParts : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { std::setlocale(LC_CTYPE, "C.UTF-8"); }
};

std::vector<int> shared(int rows, std::vector<RowsWanted> parts) {
  return share_rows(rows, parts);
}

TEST_F(ScreenParts, TheFirstIsServedFirstAndTheLastGoesWithoutWhereThereIsNoRoom) {
  EXPECT_EQ(shared(5, {{.least = 2, .most = 9}, {.least = 3, .most = 9}, {.least = 1, .most = 9}}),
            (std::vector{2, 3, 0}));
  EXPECT_EQ(shared(4, {{.least = 2, .most = 9}, {.least = 3, .most = 9}, {.least = 1, .most = 1}}),
            (std::vector{3, 0, 1}));
}

TEST_F(ScreenParts, AFairShareGoesBeforeMoreForOthers) {
  EXPECT_EQ(shared(9, {{.least = 1, .most = 9}, {.least = 1, .fair = 6, .most = 9}}), (std::vector{2, 7}));
}

TEST_F(ScreenParts, RowsThatNoPartCanFillStayEmpty) {
  EXPECT_EQ(shared(50, {{.least = 1, .most = 3}, {.least = 2, .most = 0}}), (std::vector{3, 0}));
}

TEST_F(ScreenParts, NoMoreIsSharedThanThereIs) {
  for (int rows = 0; rows < 40; ++rows) {
    const std::vector<int> given = shared(rows, {{.least = 2, .fair = 7, .most = 9}, {.least = 5, .most = 20}});
    EXPECT_LE(std::accumulate(given.begin(), given.end(), 0), rows);
  }
}

TEST_F(ScreenParts, ANoteThatHasNoRoomDoesNotCoverTheTitle) {
  Grid grid({1, 20});
  draw_heading(grid, 0, "Who reads and writes", "not known of 17 processes");
  EXPECT_EQ(grid.text(0), "Who reads and writes");
}

TEST_F(ScreenParts, AProseLineIsFoldedAndCutAtTheLastRow) {
  Grid grid({2, 12});
  EXPECT_EQ(draw_prose(grid, 0, 2, "one two three four five six"), 2);
  EXPECT_EQ(text_of(grid), "one two\nthree four\n");
}

TextTable two_disks() {
  return {.columns = {{.title = "DISK"},
                      {.title = "UTIL", .least = 4, .right = true, .bar = 4},
                      {.title = "R/s", .least = 4, .right = true, .spare = 1},
                      {.title = "NOTE"}},
          .rows = {{{.text = "sda"}, {.text = "50%", .share = 0.5}, {.text = "12"}, {.text = "old"}},
                   {{.text = "nvme0n1"}, {.text = "?", .share = Presence::denied}, {.text = "7"}, {.text = ""}}},
          .keys = {RowKey::of_other("sda"), RowKey::of_other("nvme0n1")}};
}

std::string drawn_table(Size size, std::size_t top = 0, const ViewState& state = {.symbols = Symbols::ascii}) {
  Grid grid(size);
  draw_table(grid, {.row = 0, .column = 0, .rows = size.rows, .columns = size.columns}, two_disks(), state, top);
  return text_of(grid);
}

TEST_F(ScreenParts, NumbersStandBelowEachOtherBesideTheirBars) {
  EXPECT_EQ(drawn_table({3, 40}),
            "DISK         UTIL  R/s NOTE\n"
            "sda     ##--  50%   12 old\n"
            "nvme0n1 --?-    ?    7\n");
}

TEST_F(ScreenParts, WhereThereIsNoRoomTheSpareColumnGoesAndNumbersAreNotCut) {
  EXPECT_EQ(drawn_table({3, 24}),
            "DISK         UTIL NOTE\n"
            "sda     ##--  50% old\n"
            "nvme0n1 --?-    ?\n");
}

TEST_F(ScreenParts, ATableIsShownFromTheRowThatWasScrolledTo) {
  EXPECT_EQ(drawn_table({2, 40}, 1), "DISK         UTIL  R/s NOTE\nnvme0n1 --?-    ?    7\n");
}

TEST_F(ScreenParts, TheRowUnderTheCursorIsMarkedFromEdgeToEdge) {
  Grid grid({3, 40});
  const ViewState state{.selected = RowKey::of_other("nvme0n1")};
  draw_table(grid, {.row = 0, .column = 0, .rows = 3, .columns = 40}, two_disks(), state);
  EXPECT_EQ(grid.at(2, 0).role, Role::selected);
  EXPECT_EQ(grid.at(2, 39).role, Role::selected);
  EXPECT_NE(grid.at(1, 0).role, Role::selected);
}

Conclusion slow_disk() {
  return {.headline = "train: waits for a disk that is slow [loader-disk, warning, 90% sure]",
          .role = Role::warn,
          .details = {detail_line("do", "put the data on another disk, or into memory")}};
}

TEST_F(ScreenParts, AConclusionIsFoldedBelowItsTextAndNotBelowItsLabel) {
  Grid grid({6, 44});
  EXPECT_EQ(draw_conclusion(grid, 0, 6, slow_disk()), rows_of(slow_disk(), 44));
  EXPECT_EQ(text_of(grid),
            "train: waits for a disk that is slow\n"
            "  [loader-disk, warning, 90% sure]\n"
            "  do        put the data on another disk, or\n"
            "            into memory\n\n\n");
  EXPECT_EQ(grid.at(1, 3).role, Role::warn);
  EXPECT_EQ(grid.at(2, 3).role, Role::dim);
}

TEST_F(ScreenParts, AClosedConclusionIsOneLine) {
  Grid grid({3, 30});
  EXPECT_EQ(draw_conclusion(grid, 0, 3, slow_disk(), false), 1);
  EXPECT_EQ(grid.text(0), "train: waits for a disk that …");
}

TEST_F(ScreenParts, WhereNotAllFitsWhatToDoIsShownAndThatThereIsMore) {
  Conclusion conclusion = slow_disk();
  conclusion.headline = "train: slow";
  for (const char* evidence : {"ninety percent of all looks", "a disk that is busy"})
    conclusion.details.insert(conclusion.details.begin(), detail_line("evidence", evidence));
  Grid grid({3, 60});
  EXPECT_EQ(draw_conclusion(grid, 0, 3, conclusion), 3);
  EXPECT_EQ(text_of(grid),
            "train: slow\n"
            "  do        put the data on another disk, or into memory\n"
            "  …         w says all of it\n");
}

TEST_F(ScreenParts, OfAVerdictEachFindingHasItsSeverityAndQuietSentencesHaveNone) {
  views::Verdict verdict;
  verdict.text = "train: slow [loader-disk, critical, 90% sure]\n  do        wait\nhost: well\n";
  verdict.findings.emplace_back().rule = "loader-disk";
  verdict.findings.back().severity = Severity::critical;
  const std::vector<Conclusion> all = conclusions_of(verdict);
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].severity, Severity::critical);
  EXPECT_EQ(all[0].role, Role::bad);
  EXPECT_EQ(all[0].details, std::vector<std::string>{"  do        wait"});
  EXPECT_FALSE(all[1].severity);
}

TEST_F(ScreenParts, BothDirectionsHaveOneScaleAndGrowApart) {
  Grid grid({5, 8});
  const StillTime time(views::Scene().frame());
  draw_two_way(grid, {.row = 0, .column = 0, .rows = 5, .columns = 8},
               {.title = "Net", .up_name = "in", .down_name = "out", .up = {65536.0}, .down = {32768.0}}, time.window(),
               {.symbols = Symbols::block});
  EXPECT_EQ(grid.text(1) + grid.text(2), "       █       █");
  EXPECT_EQ(grid.text(3) + grid.text(4), "       █");
}

}  // namespace
}  // namespace vigie::tui
