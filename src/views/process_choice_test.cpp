#include "views/process_choice.hpp"

#include <gtest/gtest.h>

namespace vigie::views {
namespace {

template <class Row>
std::string joined_names(const std::vector<Column<Row>>& columns) {
  std::string names;
  for (const Column<Row>& column : columns) names += (names.empty() ? "" : " ") + std::string(column.name());
  return names;
}

TEST(ProcessChoice, WhatItIsSortedByIsShownUnlessTheUserChose) {
  EXPECT_EQ(joined_names(process_choice({.sort = {"-threads"}})->columns),
            "pid user state cpu_percent rss_bytes cpu_seconds elapsed_seconds threads command");
  EXPECT_EQ(joined_names(process_choice({.columns = {"pid"}, .sort = {"-threads"}})->columns), "pid");
  EXPECT_FALSE(joined_names(process_choice({.sort = {"-gpus"}, .for_people = false})->columns).contains(" gpus"));
}

TEST(ProcessChoice, PssAndGpusAreReadOnlyWhereTheyAreAskedFor) {
  const ProcessChoice usual = *process_choice({.for_people = false});
  EXPECT_NE(find_column(usual.columns, "pss_bytes"), nullptr);
  EXPECT_FALSE(usual.needs.fields.has(proc::Field::pss));
  EXPECT_FALSE(usual.needs.gpus);
  EXPECT_TRUE(process_choice({.columns = {"pss"}})->needs.fields.has(proc::Field::pss));
  EXPECT_TRUE(process_choice({.sort = {"-pss"}})->needs.fields.has(proc::Field::pss));
  EXPECT_TRUE(process_choice({.columns = {"gpus"}})->needs.gpus);
  EXPECT_TRUE(process_choice({.sort = {"-gpumem"}})->needs.gpus);
  EXPECT_TRUE(process_choice({.gpus = true})->needs.gpus);
}

TEST(ProcessChoice, TotalsTakeThePlaceOfRatesOnce) {
  const ProcessChoice choice =
      *process_choice({.columns = {"cpu", "time", "io"}, .sort = {"-io"}, .since_start = true});
  EXPECT_EQ(joined_names(choice.columns), "cpu_seconds io_bytes");
  EXPECT_EQ(choice.sort.front().column.name(), "io_bytes");
  EXPECT_TRUE(choice.sort.front().descending);
}

TEST(ProcessChoice, RunsAreRecognisedWhereAColumnSaysSomethingOfThem) {
  EXPECT_TRUE(process_choice({.of_runs = true})->needs.runs);
  EXPECT_FALSE(process_choice({})->needs.runs);
  EXPECT_TRUE(process_choice({.sort = {"run"}})->needs.runs);
}

TEST(ProcessChoice, AColumnThatIsNoneIsRefused) {
  EXPECT_EQ(process_choice({.columns = {"nosuch"}}).error().kind, ErrorKind::usage);
  EXPECT_EQ(process_choice({.sort = {"-nosuch"}}).error().kind, ErrorKind::usage);
  EXPECT_EQ(ended_choice({}, {"nosuch"}, true, false).error().kind, ErrorKind::usage);
}

TEST(EndedChoice, TheTimeIsShownWhereLooksStandBelowEachOther) {
  EXPECT_TRUE(joined_names(ended_choice({}, {}, true, true)->columns).starts_with("end_time exit "));
  EXPECT_TRUE(joined_names(ended_choice({}, {}, true, false)->columns).starts_with("exit "));
  EXPECT_EQ(ended_choice({}, {}, false, false)->columns.size(), ended_columns().size());
}

}  // namespace
}  // namespace vigie::views
