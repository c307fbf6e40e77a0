#include "act/log/run_log.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "act/log/ended_log_for_tests.hpp"
#include "act/log/file_log.hpp"
#include "wire/attempt_marks.hpp"
#include "wire/log_segments.hpp"
#include "wire/run_directory.hpp"

namespace vigie::act {
namespace {

class Shown final : public LogSink {
 public:
  Result<void> write(std::string_view bytes) override {
    if (broken) return fail("cannot write");
    text += bytes;
    return {};
  }
  void remark(const std::string& sentence) override { remarks += sentence + "\n"; }
  [[nodiscard]] std::size_t width() const override { return columns; }

  std::string text, remarks;
  std::size_t columns = 0;
  bool broken = false;
};

/// The log of a run that is over.
class RunLog : public EndedLog {
 protected:
  void write(const std::string& name, std::string_view bytes) const {
    std::ofstream(place + "/" + name, std::ios::binary) << bytes;
  }
  Result<void> show(const LogRequest& request = {}) { return show_log(place, request, shown); }

  Shown shown;
};

TEST_F(RunLog, ABarIsOneLineAndRawAreTheBytes) {
  write("output.log", "begin\r\n10%\r50%\r100%\r\nend\r\n");
  ASSERT_TRUE(show());
  EXPECT_EQ(shown.text, "begin\n100%\nend\n");
  shown.text.clear();
  ASSERT_TRUE(show({.raw = true}));
  EXPECT_EQ(shown.text, "begin\r\n10%\r50%\r100%\r\nend\r\n");
}

TEST_F(RunLog, TheLastLinesAreFoundHoweverLongTheLogIs) {
  std::string log;
  for (int i = 0; i < 40'000; ++i) log += "line " + std::to_string(i) + "\n";
  write("output.log", log);
  ASSERT_TRUE(show({.lines = 2}));
  EXPECT_EQ(shown.text, "line 39998\nline 39999\n");
  shown.text.clear();
  ASSERT_TRUE(show({.lines = 0}));
  EXPECT_EQ(shown.text, "");
  shown.text.clear();
  ASSERT_TRUE(show({.raw = true, .lines = 20'000}));
  EXPECT_EQ(shown.text, log.substr(log.find("line 20000\n")));
}

TEST_F(RunLog, OutputThatIsGoneIsToldWhereItWas) {
  write(wire::segment_name(0, 4), "one\n");
  write(wire::segment_name(10, 14), "two\n");
  write("output.log", "three\n");
  ASSERT_TRUE(show());
  EXPECT_TRUE(shown.text.starts_with("one\n[vigie: 6 bytes of output are missing here: ")) << shown.text;
  EXPECT_TRUE(shown.text.ends_with("]\ntwo\nthree\n")) << shown.text;
  EXPECT_EQ(shown.remarks, "");
  shown.text.clear();
  ASSERT_TRUE(show({.raw = true}));
  EXPECT_EQ(shown.text, "one\ntwo\nthree\n") << "vigie's words must not stand among the bytes";
  EXPECT_TRUE(shown.remarks.starts_with("6 bytes of output before this are missing: ")) << shown.remarks;
}

TEST_F(RunLog, ALaterAttemptBeginsWithALineOfItsOwn) {
  write("output.log", "first\nsecond\n");
  ASSERT_TRUE(wire::mark_attempt(place, 2, 6));
  ASSERT_TRUE(show());
  EXPECT_TRUE(shown.text.starts_with("first\n[vigie: attempt 2 begins here")) << shown.text;
  EXPECT_TRUE(shown.text.ends_with("]\nsecond\n")) << shown.text;
  shown.text.clear();
  ASSERT_TRUE(show({.raw = true}));
  EXPECT_EQ(shown.text, "first\nsecond\n");
}

TEST_F(RunLog, ABarIsMadeToFitANarrowTerminal) {
  write("output.log", "50%|" + std::string(60, '#') + "| 5/10\n");
  shown.columns = 40;
  ASSERT_TRUE(show());
  EXPECT_LE(shown.text.size(), 41U) << shown.text;
  EXPECT_TRUE(shown.text.ends_with("| 5/10\n")) << shown.text;
}

TEST_F(RunLog, WhatCannotBeWrittenEndsIt) {
  write("output.log", "text\n");
  shown.broken = true;
  EXPECT_EQ(show().error().message, "cannot write");
}

TEST(LastLines, AreThoseOfTheEnd) {
  EXPECT_EQ(last_lines("a\nb\nc\n", 2), "b\nc\n");
  EXPECT_EQ(last_lines("a\nb\nc", 1), "c");
  EXPECT_EQ(last_lines("a\n", 5), "a\n");
  EXPECT_EQ(last_lines("", 1), "");
}

class FileLog : public OwnState {
 protected:
  /// Standard output and standard error of the process are `path`.
  static std::function<void(const Process::Ready&)> printing_to(const std::string& path, const std::string& text) {
    return [=](const Process::Ready& ready) {
      const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
      if (file < 0) ::_exit(1);
      ::dup2(file, 1);
      ::dup2(file, 2);
      (void)!::write(1, text.data(), text.size());
      Process::idle(ready);
    };
  }

  Shown shown;
};

TEST_F(FileLog, OutputOfAProcessThatVigieDidNotStartIsReadFromItsFile) {
  const std::string path = directory.path() + "/out";
  const Process process(printing_to(path, "one\ntwo\nthree\n"));
  ASSERT_TRUE(show_output_file("train", process.id(), {.lines = 2}, shown));
  EXPECT_EQ(shown.text, "two\nthree\n");
  EXPECT_EQ(shown.remarks, "train was not started by vigie: this is " + path + ", where its output goes\n");
}

TEST_F(FileLog, WhereItIsNoFileAnErrorSaysWhatItIs) {
  const Process process(printing_to("/dev/null", ""));
  EXPECT_EQ(show_output_file("train", process.id(), {}, shown).error().message,
            "train was not started by vigie, and there is no log of it: its output goes to /dev/null, that is nowhere");
  EXPECT_EQ(show_output_file("train", process.id(), {.since_wall_ns = 1}, shown).error().kind, ErrorKind::usage);
}

}  // namespace
}  // namespace vigie::act
