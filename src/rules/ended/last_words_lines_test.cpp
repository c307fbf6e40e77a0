#include "rules/ended/last_words_lines.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "rules/ended/last_words.hpp"

namespace vigie::rules {
namespace {

/// "KeyError: 'labels' in train.py:88 in main": the first cause of an output, and where it was raised.
std::string cause_of(const std::string& output) {
  const std::optional<Cause> cause = first_cause(printed_lines(output));
  if (!cause) return "none";
  if (!cause->traceback) return cause->line;
  return cause->traceback->error + " in " + cause->traceback->where;
}

const std::string plain[] = {"Traceback (most recent call last):", "  File \"/w/train.py\", line 88, in <module>",
                             "    main()", "  File \"/w/data.py\", line 31, in load", "KeyError: 'labels'"};
constexpr const char* told = "KeyError: 'labels' in data.py:31 in load";

/// The same traceback, each line behind what `before` says of it.
template <class Before>
std::string behind(Before before) {
  std::string output;
  int number = 0;
  for (const std::string& line : plain) output += before(number++) + line + "\n";
  return output;
}

TEST(PlainTracebacks, AnyPrefixOfTheirLines) {
  for (const char* prefix :
       {"", "[rank0]: ", "[default3]:", "(WorkerDict pid=27110) ", "(RayTrainWorker pid=7, ip=10.7.34.138) ",
        "3: ", "[1,mpirank:0,algo-1]<stderr>:", "trainer-0  | ", "2022-12-28 16:13:02 [ERROR]  ", "    ", "| ",
        "ERROR:root:", "[2024-01-02 10:00:00,123][train][ERROR] - "}) {
    const std::string output = behind([&](int) { return prefix; });
    EXPECT_EQ(cause_of(output), told) << prefix;
    EXPECT_EQ(cause_of(output + prefix + "step 3\n"), told) << prefix;
  }
}

TEST(PlainTracebacks, TimesDifferFromLineToLine) {
  const auto second = [](int number) { return std::to_string(10 + number); };
  EXPECT_EQ(cause_of(behind([&](int n) { return "2024-11-20 14:38:" + second(n) + " "; })), told);
  EXPECT_EQ(cause_of(behind([&](int n) { return "2024-11-20T14:38:15." + second(n) + "Z stderr F "; })), told);
  EXPECT_EQ(cause_of(behind([&](int n) { return "[ 12." + second(n) + "] "; })), told);
  EXPECT_EQ(cause_of(behind([&](int n) { return "I0325 2606 train.py:" + second(n) + "] "; })), told);
  EXPECT_EQ(cause_of(behind([&](int n) { return "[rank1]: 14:38:" + second(n) + " ERROR "; })), told);
}

TEST(PlainTracebacks, RanksThatAlternate) {
  for (const auto& [first, second] :
       {std::pair{"[rank0]: ", "[rank1]: "}, {"(W pid=1) ", "(W pid=2) "}, {"0: ", "1: "}}) {
    std::string output;
    for (const std::string& line : plain)
      output.append(first).append(line).append("\n").append(second).append(line).append("\n");
    EXPECT_EQ(cause_of(output), told) << first;
  }
  EXPECT_EQ(cause_of("[rank0]: Traceback (most recent call last):\n[rank1]: Traceback (most recent call last):\n"
                     "[rank1]:   File \"/w/a.py\", line 1, in f\n[rank0]:   File \"/w/b.py\", line 2, in g\n"
                     "[rank1]: torch.distributed.DistBackendError: NCCL error in: x.cpp:2027, remote process exited\n"
                     "[rank0]: ValueError: bad batch\n"),
            "ValueError: bad batch in b.py:2 in g");
}

TEST(PlainTracebacks, BoxesOfRich) {
  const std::string box =
      "╭───────────── Traceback (most recent call last) ──────────────╮\n"
      "│ /w/train.py:88 in <module>                                   │\n"
      "│                                                              │\n"
      "│   87 │   x = 1                                               │\n"
      "│ ❱ 88 │   main()                                              │\n"
      "│ ╭──────── locals ────────╮                                   │\n"
      "│ │ a = 'b.py:3 in c'      │                                   │\n"
      "│ ╰────────────────────────╯                                   │\n"
      "│ /usr/lib/python3.11/dist-packages/torch/x.py:7 in forward    │\n";
  const std::string end = "╰──────────────────────────────────────────────────────────────╯\n";
  EXPECT_EQ(cause_of(box + end + "KeyError: 'x'\n"), "KeyError: 'x' in train.py:88 in <module>");
  EXPECT_EQ(cause_of("50%|##   | 5/10 [00:01<00:02]" + box + end + "KeyError: 'x'\n"),
            "KeyError: 'x' in train.py:88 in <module>");
  EXPECT_EQ(
      cause_of(box + end + "KeyError: 'x'\nDuring handling of the above exception, another exception occurred:\n" +
               box + end + "ValueError: y\n"),
      "ValueError: y in train.py:88 in <module>");
  EXPECT_EQ(cause_of("│   113 │   │   fast_tokenizer = convert(slow)      │\n" + end + "ValueError: y\n"),
            "ValueError: y in ");
  EXPECT_EQ(cause_of("╭── config ──╮\n│ lr 0.1     │\n" + end + "Loading: the error of before\n"), "none");
  EXPECT_EQ(cause_of("+--- Traceback (most recent call last) ---+\n| /w/train.py:88 in main                 |\n"
                     "+-----------------------------------------+\nKeyError: 'x'\n"),
            "KeyError: 'x' in train.py:88 in main");
  std::string ranked;
  for (const std::string& line : printed_lines(box + end + "KeyError: 'x'\n")) ranked += "[rank2]: " + line + "\n";
  EXPECT_EQ(cause_of(ranked), "KeyError: 'x' in train.py:88 in <module>");
}

TEST(PlainTracebacks, InTheReportOfALauncher) {
  EXPECT_EQ(cause_of("  exitcode  : 1 (pid: 7)\n  error_file: /tmp/error.json\n"
                     "  traceback : Traceback (most recent call last):\n"
                     "    File \"/w/lib/python3.8/site-packages/torch/errors/__init__.py\", line 346, in wrapper\n"
                     "      return f(*args, **kwargs)\n    File \"train.py\", line 5, in main\n"
                     "  RuntimeError: bad shape\n=====================\n"),
            "RuntimeError: bad shape in train.py:5 in main");
}

TEST(PlainTracebacks, OtherLinesStayAsTheyAre) {
  const std::vector<std::string> lines = {"[rank0]: step 1", "  File \"x\"", "╭─ a ─╮",
                                          "│ b │",           "╰─────╯",      "Traceback (most"};
  EXPECT_EQ(with_plain_tracebacks(lines), lines);
}

TEST(PlainTracebacks, APrefixIsTakenAwayAndNoMore) {
  const std::vector<std::string> lines = {std::string(traceback_head), "  File \"a\", line 1, in f", "KeyError: x"};
  for (const char* prefix : {"[d]:", "[d]: ", "[d]:   "}) {
    std::vector<std::string> behind;
    for (const std::string& line : lines) behind.push_back(prefix + line);
    EXPECT_EQ(with_plain_tracebacks(behind), lines) << prefix;
  }
}

TEST(PlainTracebacks, AFrameIsNoError) {
  EXPECT_EQ(cause_of("Traceback (most recent call last):\nab  File \"/w/train.py\", line 88, in main\n"), "none");
  EXPECT_EQ(cause_of("  File \"/w/train.py\", line 3\n    x = (\n        ^\nSyntaxError: '(' was never closed\n"),
            "SyntaxError: '(' was never closed in train.py:3");
}

TEST(PlainTracebacks, ALibraryWhereNothingElseIs) {
  EXPECT_EQ(cause_of("Traceback (most recent call last):\n  File \"<frozen runpy>\", line 198, in _run_module_as_main\n"
                     "  File \"<frozen runpy>\", line 88, in _run_code\n"
                     "  File \"/usr/lib/python3.11/site-packages/lm/main.py\", line 4, in cli\nValueError: no model\n"),
            "ValueError: no model in main.py:4 in cli");
}

std::string repeated(std::size_t times, const std::string& line) {
  std::string text;
  for (std::size_t i = 0; i < times; ++i) text += line;
  return text;
}

TEST(PlainTracebacks, SoManyLinesOfOthersMayStandBetween) {
  const auto with_others = [](std::size_t before, std::size_t between) {
    return cause_of("[rank0]: Traceback (most recent call last):\n" + repeated(before, "[rank1]: x\n") +
                    "[rank0]:   File \"/w/a.py\", line 1, in f\n" + repeated(between, "[rank1]: x\n") +
                    "[rank0]: KeyError: 'x'\n");
  };
  EXPECT_EQ(with_others(399, 0), "KeyError: 'x' in a.py:1 in f");
  EXPECT_EQ(with_others(400, 0), "[rank1]: x in ") << "further down it is not looked for";
  EXPECT_EQ(with_others(0, 399), "KeyError: 'x' in a.py:1 in f");
  EXPECT_NE(with_others(0, 400), "KeyError: 'x' in a.py:1 in f");
}

TEST(PlainTracebacks, TheMessageBehindThePrefix) {
  const auto rule = [](std::size_t more, std::size_t others) {
    const std::string output = behind([](int) { return "[rank0]: "; }) + repeated(more, "[rank0]: more of it\n") +
                               repeated(others, "[rank1]: x\n") + "[rank0]: CUDA out of memory\n";
    return first_cause(printed_lines(output))->rule;
  };
  EXPECT_EQ(rule(0, 0), "gpu-oom");
  EXPECT_EQ(rule(3, 0), "gpu-oom") << "four lines";
  EXPECT_EQ(rule(4, 0), "");
  EXPECT_EQ(rule(0, 7), "gpu-oom");
  EXPECT_EQ(rule(0, 8), "") << "so many lines of others later it is another message";
}

TEST(PlainTracebacks, ErrorsWhileOneWasHandledBehindThePrefix) {
  const std::string first = behind([](int) { return "[rank0]: "; });
  const std::string handling = "[rank0]: During handling of the above exception, another exception occurred:\n";
  const std::string second =
      "[rank0]: Traceback (most recent call last):\n[rank0]:   File \"/w/b.py\", line 2, in g\n"
      "[rank0]: ValueError: y\n";
  EXPECT_EQ(cause_of(first + handling + second), "ValueError: y in b.py:2 in g");
  EXPECT_EQ(
      cause_of(first + handling + second + repeated(3, "[rank0]: more of it\n") + "[rank0]: CUDA out of memory\n"),
      "ValueError: y in b.py:2 in g");
}

TEST(PlainTracebacks, WhatStandsBeforeAHeadAloneIsNoPrefix) {
  EXPECT_EQ(cause_of("a: Traceback (most recent call last):\n  File \"/w/t.py\", line 1, in f\nKeyError: 'x'\n"
                     "a:   File \"/w/o.py\", line 2, in g\na: ValueError: y\n"),
            "KeyError: 'x' in t.py:1 in f");
}

TEST(PlainTracebacks, RowsOfABox) {
  const auto where = [](const std::string& row) {
    const std::string cause = cause_of("╭─── Traceback (most recent call last) ───╮\n" + row +
                                       "\n╰─────────────────────────────────────────╯\nKeyError: 'x'\n");
    return cause.substr(std::min(cause.size(), std::string("KeyError: 'x' in ").size()));
  };
  EXPECT_EQ(where("│ /w/train.py:88 in main   │"), "train.py:88 in main");
  EXPECT_EQ(where("│ /w/train.py:88 in main"), "train.py:88 in main");
  EXPECT_EQ(where("│ /w/train.py:88 in        │"), "train.py:88");
  EXPECT_EQ(where("│ /w/train.py:88           │"), "train.py:88");
  EXPECT_EQ(where("│ C:/w/train.py:88 in f    │"), "train.py:88 in f");
  for (const char* other : {"│ train.py:x in f │", "│ :88 in f │", "│ train.py: in f │", "│ train.py in f │",
                            "│  train.py:88 in f │", "│train.py:88 in f │", "│ │ train.py:88 in f │"})
    EXPECT_EQ(where(other), "") << other;
}

TEST(PlainTracebacks, WhatIsLeftOfABox) {
  const std::string end = "╰──────╯\n";
  for (const char* error : {"KeyError: 'x'", "KeyboardInterrupt", "SystemExit: 1", "my_module.MyException: y"}) {
    EXPECT_EQ(cause_of("│ 113 │\n" + end + error + "\n"), std::string(error) + " in ") << error;
    EXPECT_EQ(cause_of(end + error + "\n"), "none") << "no box ends there";
    EXPECT_EQ(cause_of("a line\n" + end + error + "\n"), "none");
  }
  EXPECT_EQ(cause_of("│ 113 │\n" + end), "none");
  for (const char* other : {"an Error: y", "Errors: y", ": y", "Loading"})
    EXPECT_EQ(cause_of("│ 113 │\n" + end + other + "\n"), "none") << other;
  EXPECT_EQ(cause_of("| 113 |\n+-----+\nKeyError: 'x'\n"), "KeyError: 'x' in ");
  EXPECT_EQ(cause_of("╭─ Traceback (most recent call last) ─╮\n│ /w/t.py:8 in f │\nKeyError: 'x'\n"),
            "KeyError: 'x' in t.py:8 in f")
      << "its lower edge is missing";
}

}  // namespace
}  // namespace vigie::rules
