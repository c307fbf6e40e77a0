#include "views/stat_columns.hpp"

#include <gtest/gtest.h>

#include "views/stat_averages.hpp"
#include "views/stat_fit.hpp"

namespace vigie::views {
namespace {

DiskSample disk(const char* name, DiskKind kind) {
  DiskSample sample;
  sample.name = name;
  sample.kind = kind;
  sample.reads.done = 100;  // since boot
  return sample;
}

Frame frame_of(std::vector<DiskSample> disks, const std::vector<double>& reads) {
  auto snapshot = std::make_shared<Snapshot>();
  snapshot->host.disks = std::move(disks);
  Frame frame;
  frame.snapshot = snapshot;
  for (const double per_second : reads) {
    DiskRates& rates = frame.delta.host.disks.emplace_back();
    rates.reads.per_second = per_second;
    rates.writes.per_second = 0.0;
  }
  return frame;
}

TEST(StatRows, LoopDevicesThatRestAreLeftOutForPeople) {
  const Frame frame =
      frame_of({disk("loop0", DiskKind::loop), disk("loop1", DiskKind::loop), disk("vda", DiskKind::hdd)}, {0, 3, 0});
  std::vector<std::size_t> shown;
  for (const StatRow& row : stat_rows(frame, StatRows::disks, true)) shown.push_back(row.index);
  EXPECT_EQ(shown, (std::vector<std::size_t>{1, 2}));
  EXPECT_EQ(stat_rows(frame, StatRows::disks, false).size(), 3U);
}

Cell wide_cell(const StatRow& /*row*/) {
  return std::string("123456789012345678901234567890");
}

TEST(StatFit, WholePartsGoThoseFirstThatCanBeSpared) {
  const Frame frame = frame_of({}, {});
  StatFit fit({{"first", {stat_column("runnable_threads", wide_cell)}, 0},
               {"spare", {stat_column("blocked_threads", wide_cell)}, 1},
               {"last", {stat_column("forks_per_second", wide_cell)}, 0}});
  const std::vector<StatRow> rows{{.frame = &frame, .index = 0}};
  EXPECT_FALSE(fit.fit(rows, 0, true));  // no terminal
  EXPECT_FALSE(fit.fit(rows, 120, true));
  EXPECT_TRUE(fit.fit(rows, 80, true));
  EXPECT_EQ(fit.note(80), "not shown on 80 columns: spare");
  EXPECT_TRUE(fit.fit(rows, 60, true));
  EXPECT_EQ(fit.note(60), "not shown on 60 columns: spare, last");
  ASSERT_EQ(fit.columns().size(), 1U);
  EXPECT_FALSE(fit.fit(rows, 10, true));  // what is left stays
}

TEST(StatAverages, WeighIntervalsByTheirLengthAndLeaveOutWhatIsAbsent) {
  const Metric* const metrics[] = {&metric("time"), &metric("cpu"), &metric("cpu_idle_percent")};
  std::vector<Column<StatRow>> columns;
  for (const Metric* const each : metrics) columns.push_back({.metric = each});
  StatAverages averages;
  averages.begin(columns);
  const auto add = [&](Cell idle, double seconds) {
    format::Table table;
    table.rows = 1;
    table.cell = [&](std::size_t, std::size_t column) -> Cell {
      if (column == 2) return idle;
      return std::string_view(column == 1 ? "all" : "12:00:00");
    };
    averages.add(table, seconds);
  };
  add(10.0, 1);
  add(40.0, 2);
  add(Presence::first_sight, 1);
  const format::Table table = averages.table();
  ASSERT_EQ(table.rows, 1U);
  EXPECT_EQ(std::get<std::string_view>(table.cell(0, 0)), "Average:");
  EXPECT_DOUBLE_EQ(std::get<double>(table.cell(0, 2)), 30);
  EXPECT_EQ(averages.intervals(), 3U);
}

}  // namespace
}  // namespace vigie::views
