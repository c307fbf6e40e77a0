#include "views/long_table.hpp"

#include <gtest/gtest.h>

namespace vigie::views {
namespace {

struct Row {
  std::string name;
  std::int64_t pid = 0;
};

std::vector<Column<Row>> columns() {
  return {column<Row>("pid", [](const Row& row) -> Cell { return row.pid; }),
          column<Row>("command", [](const Row& row) -> Cell { return std::string_view(row.name); })};
}

std::size_t heads_in(const std::string& text) {
  std::size_t count = 0;
  for (std::size_t at = text.find("PID"); at != std::string::npos; at = text.find("PID", at + 1)) ++count;
  return count;
}

TEST(LongTable, TheHeadComesAgainWhenItHasLeftTheScreen) {
  LongTable table;
  auto own = columns();
  table.keep_widths(own);
  const std::vector<Row> rows = {{"a", 1}, {"b", 2}};
  std::string out;
  for (int look = 0; look < 3; ++look) table.append(out, {.height = 6}, make_table(own, rows));
  EXPECT_EQ(heads_in(out), 2U) << out;
  const std::vector<Row> none;
  table.append(out, {.height = 6}, make_table(own, none));
  EXPECT_EQ(heads_in(out), 2U) << "a look without rows moves nothing off the screen";
}

TEST(LongTable, AColumnThatBecameWiderStaysSo) {
  LongTable table;
  auto own = columns();
  table.keep_widths(own);
  table.set_width("pid", 3);
  std::string out;
  const std::vector<Row> wide = std::vector<Row>{{"a", 1234567}};
  table.append(out, {.header = false}, make_table(own, wide));
  const std::vector<Row> narrow = std::vector<Row>{{"b", 1}};
  table.append(out, {.header = false}, make_table(own, narrow));
  EXPECT_EQ(out, "1234567 a\n      1 b\n");
}

}  // namespace
}  // namespace vigie::views
