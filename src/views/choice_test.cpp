#include "views/choice.hpp"

#include <gtest/gtest.h>

#include "views/process_columns.hpp"

namespace vigie::views {
namespace {

struct Thing {
  Cell size;
  std::string_view name;
};

const std::vector<Column<Thing>> columns = {{&metric("rss_bytes"), [](const Thing& thing) { return thing.size; }},
                                            {&metric("name"), [](const Thing& thing) -> Cell { return thing.name; }}};

std::vector<Thing> things() {
  return {{2.0, "b"}, {Presence::denied, "x"}, {std::int64_t{10}, "a"}, {2.0, "a"}};
}

std::string order_of(const std::vector<Thing>& sorted) {
  std::string text;
  for (const Thing& thing : sorted) text += thing.name;
  return text;
}

TEST(SortBy, WhatIsNotKnownComesLastEitherWay) {
  std::vector<Thing> up = things(), down = things();
  sort_by(up, SortKey<Thing>{columns[0], false});
  sort_by(down, SortKey<Thing>{columns[0], true});
  EXPECT_EQ(order_of(up), "baax");
  EXPECT_EQ(order_of(down), "abax");
}

TEST(SortBy, TheFirstKeyDecidesAndTheNextWhereItIsEqual) {
  std::vector<Thing> rows = things();
  sort_by(rows, std::vector<SortKey<Thing>>{{columns[0], false}, {columns[1], false}});
  EXPECT_EQ(order_of(rows), "abax");
}

TEST(WrittenKey, TheSignIsTheDirection) {
  EXPECT_EQ(WrittenKey("-rss").name, "rss");
  EXPECT_TRUE(WrittenKey("-rss").descending);
  EXPECT_EQ(WrittenKey("+rss").name, "rss");
  EXPECT_FALSE(WrittenKey("+rss").descending);
  EXPECT_FALSE(WrittenKey("rss").descending);
  EXPECT_EQ(WrittenKey("").name, "");
}

TEST(Choice, NamesAreOursOrThoseOfProcps) {
  const Choice<ProcessRow> all{.all = process_columns(), .aliases = true};
  EXPECT_EQ(all.named("pcpu")->name(), "cpu_percent");
  EXPECT_EQ(all.named("cpu_percent")->name(), "cpu_percent");
  const Result<std::vector<ProcessColumn>> several = all.named(std::vector<std::string>{"rss", "pid"});
  ASSERT_TRUE(several);
  EXPECT_EQ((*several)[0].name(), "rss_bytes");
  EXPECT_EQ((*several)[1].name(), "pid");
}

TEST(Choice, AMisspeltNameIsAnErrorThatOffersTheNearest) {
  const Choice<ProcessRow> all{.all = process_columns(), .what = " of mine", .aliases = true};
  const auto wrong = all.named("cpu_precent");
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().kind, ErrorKind::usage);
  EXPECT_EQ(wrong.error().message, "no column \"cpu_precent\" of mine; did you mean cpu_percent or gpu_percent?");
  const auto hostile = Choice<Thing>{.all = columns}.named("\x1b[2J");
  ASSERT_FALSE(hostile);
  EXPECT_EQ(hostile.error().message, "no column \"\\x1b[2J\"; there are rss_bytes, name");
}

TEST(Columns, TheNeedsOfATableAreThoseOfItsColumns) {
  const Needs needs = needs_of(*columns_named({"pid", "swap_bytes", "run", "gpus"}));
  EXPECT_EQ(needs.fields, proc::Fields(proc::Field::status));
  EXPECT_TRUE(needs.runs);
  EXPECT_TRUE(needs.gpus);
  const Needs few = needs_of(*columns_named({"pid", "rss_bytes"}));
  EXPECT_TRUE(few.fields.empty());
  EXPECT_FALSE(few.runs);
  EXPECT_FALSE(few.gpus);
}

TEST(Columns, NoDriverIsAskedAndNoTotalShownUnlessProgramsAskForIt) {
  for (const ProcessColumn& column : process_columns_for_programs()) {
    EXPECT_NE(column.name(), "gpus");
    EXPECT_FALSE(column.name().starts_with("io_") && column.name() != "io_wait_percent" &&
                 column.name() != "io_bytes_per_second")
        << column.name();
  }
}

TEST(Columns, GpusStandBeforeTheCommandAndOnce) {
  std::vector<ProcessColumn> some = *columns_named({"pid", "gpus", "command"});
  add_gpu_columns(some);
  std::vector<std::string_view> names;
  for (const ProcessColumn& column : some) names.push_back(column.name());
  EXPECT_EQ(names, (std::vector<std::string_view>{"pid", "gpus", "gpu_memory_bytes", "gpu_busy_percent", "command"}));
}

}  // namespace
}  // namespace vigie::views
