#include "format/table.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <string>

#include "format/paint.hpp"

namespace vigie::format {
namespace {

struct Row {
  std::int64_t pid = 0;
  std::string command;
  Reading<double> cpu;
  Reading<std::uint64_t> rss;
};

const std::vector<Row> rows = {
    {7, "python3 train.py", 12.3456, 1536U},
    {1234567, "a\x1b[2J\"\n,\xff", Presence::first_sight, Presence::denied},
};

using Get = Cell (*)(const Row&);

/// A table of a metric and its cell for each column.
Table table_of(const std::vector<Row>& all, const std::vector<std::pair<std::string_view, Get>>& columns) {
  Table table;
  std::vector<Get> cells;
  for (const auto& [name, cell] : columns) {
    table.metrics.push_back(&metric(name));
    cells.push_back(cell);
  }
  table.rows = all.size();
  table.cell = [&all, cells](std::size_t row, std::size_t column) { return cells[column](all[row]); };
  return table;
}

Cell rss_cell(const Row& row) {
  return cell_of(row.rss);
}

Cell command_cell(const Row& row) {
  return std::string_view(row.command);
}

Table table(const std::vector<Row>& all = rows) {
  return table_of(all, {{"pid", [](const Row& row) { return Cell(row.pid); }},
                        {"cpu_percent", [](const Row& row) { return cell_of(row.cpu); }},
                        {"rss_bytes", rss_cell},
                        {"command", command_cell}});
}

TEST(TextTable, NumbersAreRightAlignedAndAnUnknownRateIsNotZero) {
  std::string out;
  append_text(out, table());
  EXPECT_EQ(out,
            "    PID   CPU%    RSS COMMAND\n"
            "      7   12.3   1.5K python3 train.py\n"
            "1234567      -      - a\\x1b[2J\"\\n,\\xff\n");
}

TEST(TextTable, OnATerminalALongLineIsCutAndElsewhereNot) {
  std::string out;
  append_text(out, table(), {.header = false, .max_width = 30});
  EXPECT_EQ(out.substr(0, out.find('\n')), "      7   12.3   1.5K python3…");
}

TEST(TextTable, ALongNameDoesNotLeaveTheCommandTwoLetters) {
  const std::vector<Row> long_name = {{7, "pretraining-of-a-large-model", {}, 1536U}};
  const Table narrow = table_of(long_name, {{"run", command_cell}, {"rss_bytes", rss_cell}, {"command", command_cell}});
  std::string out;
  append_text(out, narrow, {.header = true, .max_width = 40});
  EXPECT_EQ(out,
            "RUN                 RSS COMMAND\n"
            "pretraining-of-…   1.5K pretraining-of-…\n");
  out.clear();
  append_text(out, narrow, {.header = false, .max_width = 0});
  EXPECT_EQ(out, "pretraining-of-a-large-model   1.5K pretraining-of-a-large-model\n");
}

TEST(JsonTable, UnknownIsNullAndHostileTextIsEscaped) {
  std::string out;
  const std::vector<SourceStatus> sources = {{"proc", SourceState::partial, "3 \"denied\"", 0.5}};
  append_json(out, table(), {.rows = "processes", .host = "h", .wall_ns = 0, .elapsed_seconds = 1, .sources = sources},
              true);
  EXPECT_EQ(
      out,
      R"({"vigie": "1", "host": "h", "time": "1970-01-01T00:00:00.000Z", "elapsed_seconds": 1, "processes": [)"
      R"({"pid": 7, "cpu_percent": 12.346, "rss_bytes": 1536, "command": "python3 train.py"}, )"
      R"({"pid": 1234567, "cpu_percent": null, "rss_bytes": null, "command": "a\u001b[2J\"\n,)"
      R"(\udbff\udcff)"
      R"("}], "sources": [{"name": "proc", "status": "partial", "reason": "3 \"denied\"", "duration_seconds": 0.5}]})"
      "\n");
}

TEST(CsvTable, QuotesOnlyWhatNeedsIt) {
  std::string out;
  append_csv(out, table());
  EXPECT_EQ(out,
            "pid,cpu_percent,rss_bytes,command\r\n"
            "7,12.346,1536,python3 train.py\r\n"
            "1234567,,,\"a\\x1b[2J\"\"\\n,\\xff\"\r\n");
}

TEST(JsonWriter, NestedValuesGetTheirCommasAndInfinityIsNull) {
  std::string out;
  JsonWriter writer(out);
  writer.begin_object();
  writer.member("a", Reading<double>(Presence::denied));
  writer.key("b");
  writer.begin_array();
  writer.value(1);
  writer.begin_object();
  writer.end_object();
  writer.value(std::numeric_limits<double>::infinity());
  writer.value(true);
  writer.end_array();
  writer.member("c", "x");
  writer.end_object();
  EXPECT_EQ(out, R"({"a": null, "b": [1, {}, null, true], "c": "x"})");
}

/// One column of text beside a command.
std::string drawn(std::string_view name, const std::string& text, TextOptions options, Paint paint = Paint::none) {
  const std::vector<Row> row = {{1, text, {}, {}}};
  Table two =
      table_of(row, {{name, command_cell}, {"command", [](const Row&) { return Cell(std::string_view("./a")); }}});
  two.paint = [paint](std::size_t, std::size_t column) { return column == 0 ? paint : Paint::none; };
  std::string out;
  append_text(out, two, options);
  return out;
}

TEST(TextTable, ALineThatJustFitsIsNotCut) {
  const std::string whole = drawn("user", "alexandra-of-the-lab", {.header = false});
  EXPECT_EQ(drawn("user", "alexandra-of-the-lab", {.header = false, .max_width = whole.size() - 1}), whole);
  EXPECT_NE(drawn("user", "alexandra-of-the-lab", {.header = false, .max_width = whole.size() - 2}), whole);
}

TEST(TextTable, AColourIsSetAroundItsCellAloneAndLeftOutWhereTheCutIs) {
  EXPECT_NE(drawn("user", "alice", {.header = false, .color = true}, Paint::bad).find("\x1b[1;31malice\x1b[0m"),
            std::string::npos);
  EXPECT_EQ(drawn("user", "alice", {.header = false, .color = false}, Paint::bad).find('\x1b'), std::string::npos);
  EXPECT_EQ(drawn("user", "alexandra", {.header = false, .color = true, .max_width = 3}, Paint::bad).find('\x1b'),
            std::string::npos);
  EXPECT_EQ(painted("x", Paint::good, true), "\x1b[32mx\x1b[0m");
  EXPECT_EQ(painted("x", Paint::none, true), "x");
  EXPECT_EQ(painted("x", Paint::good, false), "x");
}

TEST(JsonTable, NumbersKeepAThousandthAndSmallOnesAMillionth) {
  const auto json = [](double number) {
    const std::vector<Row> one = {{1, "", number, 1U}};
    std::string out;
    append_csv(out, table(one), false);
    return out;
  };
  EXPECT_EQ(json(12.34567), "1,12.346,1,\r\n");
  EXPECT_EQ(json(0.1000004), "1,0.1,1,\r\n");
  EXPECT_EQ(json(0.09999949), "1,0.099999,1,\r\n");
  EXPECT_EQ(json(-0.0000126), "1,-1.3e-05,1,\r\n");
  EXPECT_EQ(json(std::numeric_limits<double>::infinity()), "1,,1,\r\n");
}

TEST(JsonTable, RowsStandOnLinesOfTheirOwnUnlessOneLineIsWanted) {
  const auto lines = [](const std::vector<Row>& some, double seconds, bool one_line) {
    std::string out;
    append_json(out, table(some),
                {.rows = "processes", .host = "h", .wall_ns = 0, .elapsed_seconds = seconds, .sources = {}}, one_line);
    return out;
  };
  EXPECT_EQ(std::ranges::count(lines(rows, 1, true), '\n'), 1);
  EXPECT_EQ(std::ranges::count(lines(rows, 1, false), '\n'), 4);
  EXPECT_EQ(std::ranges::count(lines({}, 1, false), '\n'), 1);
  EXPECT_NE(lines({}, 0, true).find("\"elapsed_seconds\": null"), std::string::npos);
  EXPECT_NE(lines({}, 0.5, true).find("\"elapsed_seconds\": 0.5"), std::string::npos);
}

TEST(JsonWriter, EveryCharacterIsWrittenSoThatItIsReadBack) {
  std::string out;
  JsonWriter writer(out);
  writer.begin_array();
  for (const std::string_view text : {"plain ~", "\"", "\\", "\x1f", "\x7f", "\u00e9", ""}) writer.value(text);
  writer.value(false);
  writer.end_array();
  EXPECT_EQ(out, "[\"plain ~\", \"\\\"\", \"\\\\\", \"\\u001f\", \"\\u007f\", \"\u00e9\", \"\", false]");
}

TEST(Human, EveryUnitAsPeopleReadIt) {
  EXPECT_EQ(human(metric("power_watts"), Cell(123.6)), "124");
  EXPECT_EQ(human(metric("temperature_celsius"), Cell(56.4)), "56");
  EXPECT_EQ(human(metric("sm_clock_hertz"), Cell(1.98e9)), "1980M");
  EXPECT_EQ(human(metric("cpu_percent"), Cell(12.34)), "12.3");
  EXPECT_EQ(human(metric("pid"), Cell(std::int64_t{7})), "7");
  EXPECT_EQ(human(metric("command"), Cell(std::string("a\nb"))), "a\\nb");
}

TEST(Human, UnitsOfTheCatalogue) {
  EXPECT_EQ(human(metric("elapsed_seconds"), Cell(7265.0)), "2:01:05");
  EXPECT_EQ(human(metric("rss_bytes"), Cell(std::int64_t{1} << 30)), "1.0G");
  EXPECT_EQ(human(metric("verdict"), Cell(Presence::not_read)), "-");
}

/// Long names of a run and of a user, and a number, beside a command of 20 letters.
std::string made_to_fit(std::size_t run, std::size_t user, std::size_t width) {
  const std::vector<Row> row = {{1'234'567'890'123, std::string(run, 'r') + std::string(user, 'u'), {}, {}}};
  static std::size_t of_run;
  of_run = run;
  const Table four = table_of(row, {{"run", [](const Row& one) { return Cell(one.command.substr(0, of_run)); }},
                                    {"user", [](const Row& one) { return Cell(one.command.substr(of_run)); }},
                                    {"pid", [](const Row& one) { return Cell(one.pid); }},
                                    {"command", [](const Row&) { return Cell(std::string(20, 'c')); }}});
  std::string out;
  append_text(out, four, {.header = false, .max_width = width});
  return out;
}

TEST(TextTable, TheLongestNameGivesWayFirstAndNoneBelowItsUsualWidth) {
  const std::string number = " 1234567890123 ", command(15, 'c');
  const auto row = [&](std::size_t run, std::size_t user) {
    return std::string(run - 1, 'r') + "… " + std::string(user - 1, 'u') + "…" + number + command + "…\n";
  };
  EXPECT_EQ(made_to_fit(30, 25, 21 + 21 + 32), row(21, 21)) << "both a letter at a time, once they are as long";
  EXPECT_EQ(made_to_fit(25, 30, 21 + 21 + 32), row(21, 21));
  EXPECT_EQ(made_to_fit(30, 25, 21 + 22 + 32), row(21, 22)) << "the first of two that are as long";
  EXPECT_EQ(made_to_fit(30, 30, 10 + 8 + 32), row(10, 8)) << "down to what the catalogue expects";
  EXPECT_EQ(made_to_fit(30, 9, 10 + 8 + 32), row(10, 8)) << "by a single letter, too";
  EXPECT_TRUE(made_to_fit(10, 30, 10 + 8 + 32).starts_with("rrrrrrrrrr uuuuuuu… 1234567890123 "))
      << "a name that is no longer than usual stays whole";
  EXPECT_TRUE(made_to_fit(30, 30, 40).starts_with("rrrrrrrrr… uuuuuuu… 1234567890123 ")) << "a number is never cut";
}

TEST(TextTable, ACellThatIsCutLosesItsColourAndThoseBeforeItKeepTheirs) {
  const std::vector<Row> row = {{1, "alice", {}, {}}};
  Table two =
      table_of(row, {{"user", command_cell}, {"command", [](const Row&) { return Cell(std::string(20, 'c')); }}});
  two.paint = [](std::size_t, std::size_t) { return Paint::bad; };
  std::string out;
  append_text(out, two, {.header = false, .color = true, .max_width = 15});
  EXPECT_EQ(out, "\x1b[1;31malice\x1b[0m    ccccc…\n");
  out.clear();
  append_text(out, two, {.header = false, .color = true, .max_width = 29});
  EXPECT_TRUE(out.ends_with("\x1b[1;31m" + std::string(20, 'c') + "\x1b[0m\n")) << "it just fits: " << out;
}

TEST(JsonTable, AColumnMayWriteMoreThanACellAndTheOthersAreAsTheyAre) {
  const std::vector<Row> one = {{7, "sh", 1.5, 2U}};
  Table more = table(one);
  more.json = [](JsonWriter& writer, std::size_t, std::size_t column) {
    if (column != 2) return false;
    writer.begin_array();
    writer.end_array();
    return true;
  };
  std::string out;
  append_json(out, more, {.rows = "processes", .host = "h", .sources = {}}, true);
  EXPECT_TRUE(out.contains(R"([{"pid": 7, "cpu_percent": 1.5, "rss_bytes": [], "command": "sh"}])")) << out;
}

}  // namespace
}  // namespace vigie::format
