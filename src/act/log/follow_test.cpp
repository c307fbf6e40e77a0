// Logs that grow while they are shown.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <fstream>
#include <functional>
#include <string>
#include <utility>

#include "act/kept_for_tests.hpp"
#include "act/log/ended_log_for_tests.hpp"
#include "act/log/file_log.hpp"
#include "act/log/run_log.hpp"
#include "base/clock.hpp"
#include "wire/log_index.hpp"

namespace vigie::act {
namespace {

/// Does what a test wants done when it has seen some text.
class Watcher final : public LogSink {
 public:
  Result<void> write(std::string_view bytes) override {
    text += bytes;
    if (then && text.contains(awaited)) std::exchange(then, {})();
    return {};
  }
  void remark(const std::string& sentence) override { remarks += sentence + "\n"; }
  [[nodiscard]] bool is_terminal() const override { return terminal; }
  [[nodiscard]] std::size_t width() const override { return terminal ? 80 : 0; }

  void when(std::string seen, std::function<void()> action) {
    awaited = std::move(seen);
    then = std::move(action);
  }

  std::string text, remarks, awaited;
  std::function<void()> then;
  bool terminal = false;
};

class Followed : public Kept {
 protected:
  void go_on() const { std::ofstream(go) << ""; }

  const std::string go = directory.path("go");
  const std::string until_told = "until test -e " + go + "; do sleep 0.02; done; ";
  Watcher shown;
};

TEST_F(Followed, ARunIsShownUntilItIsOver) {
  const RunRecord run = start("resnet", "echo one; " + until_told + "echo two");
  shown.when("one\n", [this] { go_on(); });
  ASSERT_TRUE(show_log(run.directory, {.follow = true}, shown));
  EXPECT_EQ(shown.text, "one\ntwo\n");
  EXPECT_TRUE(is_over(wait_until_over(run.directory, 0)->state));
}

TEST_F(Followed, OnATerminalABarIsDrawnOverAndEndsAsALine) {
  const RunRecord run = start("resnet", "printf 'begin\\n10%%\\r'; " + until_told + "printf '100%%\\nend\\n'");
  shown.terminal = true;
  shown.when("\r10%\x1b[K", [this] { go_on(); });
  ASSERT_TRUE(show_log(run.directory, {.follow = true}, shown));
  EXPECT_TRUE(shown.text.starts_with("begin\n")) << shown.text;
  EXPECT_TRUE(shown.text.contains("\r10%\x1b[K\r\x1b[K100%\nend\n")) << shown.text;
}

TEST_F(Followed, TheLastLinesComeFirstAndTheBytesAreRaw) {
  const RunRecord run = start("resnet", "printf 'a\\nb\\nc\\n'; " + until_told + "printf '50%%\\rd\\n'");
  shown.when("c\r\n", [this] { go_on(); });
  ASSERT_TRUE(show_log(run.directory, {.raw = true, .follow = true, .lines = 1}, shown));
  EXPECT_TRUE(shown.text.ends_with("c\r\n50%\rd\r\n")) << shown.text;
}

TEST_F(Followed, ANewAttemptIsShownInTheSameView) {
  RunSpec spec = wanted("echo try $VIGIE_ATTEMPT; test -e " + go + " || { : > " + go + "; exit 1; }").spec;
  spec.policy.restart = {.when = RestartPolicy::When::on_failure, .limit = 1, .backoff_seconds = 0};
  Result<OpenRun> run = create_run({.spec = spec}, "again");
  ASSERT_TRUE(run) << message(run);
  ASSERT_TRUE(start_run(*run));
  ASSERT_TRUE(show_log(run->record.directory, {.follow = true}, shown));
  EXPECT_TRUE(shown.text.contains("[vigie: attempt 2 begins here")) << shown.text;
  EXPECT_EQ(wire::read_record(run->record.directory)->state, RunState::exited);
}

/// The log of a run that is over, written by hand.
class IndexedLog : public EndedLog {
 protected:
  static constexpr std::int64_t second = nanoseconds_per_second, noon = 1'700'000'000 * second;

  /// Its end, from the byte at `offset` on, was printed an hour after noon.
  void write(const std::string& log, std::uint64_t offset) const {
    std::ofstream(place + "/output.log", std::ios::binary) << log;
    wire::LogIndex index(place);
    index.note(0, noon, 0);
    index.note(offset, noon + 3600 * second, 0);
  }

  Watcher shown;
};

TEST_F(IndexedLog, WhatWasPrintedSinceThenIsShown) {
  write("first\nsecond\n", 6);
  ASSERT_TRUE(show_log(place, {.since_wall_ns = noon + 1800 * second}, shown));
  EXPECT_EQ(shown.text, "second\n");
}

TEST_F(IndexedLog, AMomentWithinALongLogBeginsWithAWholeLine) {
  std::string log;
  for (int i = 1000; i < 2000; ++i) log += "line " + std::to_string(i) + "\n";
  write(log, 8005);  // within line 1800
  ASSERT_TRUE(show_log(place, {.since_wall_ns = noon + 1800 * second}, shown));
  EXPECT_TRUE(shown.text.starts_with("line 1800\n")) << shown.text.substr(0, 40);
  shown.text.clear();
  ASSERT_TRUE(show_log(place, {.lines = 2, .since_wall_ns = noon + 7200 * second}, shown));
  EXPECT_EQ(shown.text, "") << "nothing is as young";
}

TEST_F(IndexedLog, WhereItIsNotKnownWhenWhatWasPrintedAnErrorSaysSo) {
  std::ofstream(place + "/output.log") << "text\n";
  EXPECT_EQ(show_log(place, {.since_wall_ns = noon}, shown).error().message,
            "--since is not possible: it is not known when this log was written");
}

class FollowedFile : public OwnState {
 protected:
  /// Standard output and standard error of the process are this descriptor's.
  static std::function<void(const Process::Ready&)> printing_to(int descriptor) {
    return [=](const Process::Ready& ready) {
      ::dup2(descriptor, 1);
      ::dup2(descriptor, 2);
      Process::idle(ready);
    };
  }
  [[nodiscard]] static std::string refusal(int descriptor) {
    const Process process(printing_to(descriptor));
    Watcher shown;
    return show_output_file("train", process.id(), {}, shown).error().message;
  }

  Watcher shown;
};

TEST_F(FollowedFile, WhatIsWrittenAnewIsReadFromItsBeginningUntilTheProcessEnds) {
  const std::string path = directory.path("out");
  std::ofstream(path) << "a long first line\n";
  const Fd file(::open(path.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC));
  const Process process(printing_to(file.get()));
  shown.when("a long first line\n", [&] {
    std::ofstream(path, std::ios::trunc) << "anew\n";
    shown.when("anew\n", [&] { (void)control::send_signal(process.id(), SIGKILL).has_value(); });
  });
  ASSERT_TRUE(show_output_file("train", process.id(), {.follow = true}, shown));
  EXPECT_EQ(shown.text, "a long first line\nanew\n");
}

TEST_F(FollowedFile, TheLastLinesOfALongFileAreFound) {
  const std::string path = directory.path("out");
  std::string text;
  for (int i = 0; i < 20'000; ++i) text += "line " + std::to_string(i) + "\n";
  std::ofstream(path) << text;
  const Fd file(::open(path.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC));
  const Process process(printing_to(file.get()));
  ASSERT_TRUE(show_output_file("train", process.id(), {.lines = 10'000}, shown));
  EXPECT_EQ(shown.text, text.substr(text.find("line 10000\n")));
  shown.text.clear();
  ASSERT_TRUE(show_output_file("train", process.id(), {.raw = true, .lines = 0}, shown));
  EXPECT_EQ(shown.text, "");
}

TEST_F(FollowedFile, OutputThatIsNoFileIsNamedForWhatItIs) {
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  const Fd reads(ends[0]), writes(ends[1]);
  EXPECT_TRUE(refusal(writes.get()).ends_with("a pipe to another process (`vigie files` names both)"));
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
  const Fd one(ends[0]), other(ends[1]);
  EXPECT_TRUE(refusal(one.get()).ends_with("its output goes to a socket"));
  const Fd terminal(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC));
  ASSERT_EQ(::unlockpt(terminal.get()), 0);
  const Fd inner(::open(::ptsname(terminal.get()), O_RDWR | O_NOCTTY | O_CLOEXEC));
  EXPECT_TRUE(refusal(inner.get()).contains("its output goes to the terminal /dev/pts/"));
  const Fd zero(::open("/dev/zero", O_WRONLY | O_CLOEXEC));
  EXPECT_TRUE(refusal(zero.get()).ends_with("its output goes to /dev/zero, which cannot be read"));
}

}  // namespace
}  // namespace vigie::act
