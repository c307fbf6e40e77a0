#include "wire/run_directory.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>

#include "base/test_directory.hpp"

namespace vigie::wire {
namespace {

namespace fs = std::filesystem;

class StateDirectory : public testing::Test {
 protected:
  void SetUp() override { set("XDG_STATE_HOME", state_.path()); }
  void TearDown() override { set("HOME", home_); }
  static void set(const char* name, const std::optional<std::string>& value) {
    if (value) {
      ::setenv(name, value->c_str(), 1);
    } else {
      ::unsetenv(name);
    }
  }
  [[nodiscard]] std::string path(const std::string& name) const { return state_.path(name); }
  [[nodiscard]] static std::string content(const std::string& file) {
    std::ifstream in(file);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  [[nodiscard]] static unsigned mode_of(const std::string& file) {
    struct stat info{};
    return ::stat(file.c_str(), &info) == 0 ? info.st_mode & 0777 : 0;
  }
  [[nodiscard]] static std::string refusal(const Result<std::string>& result) {
    return result ? "" : result.error().message;
  }
  /// A run whose record is written.
  [[nodiscard]] RunRecord a_run(const std::string& id = "abc") const {
    RunRecord record;
    record.id = id;
    record.name = "resnet";
    record.directory = prepare_runs_directory().value() + "/" + id;
    record.state = RunState::running;
    fs::create_directory(record.directory);
    EXPECT_TRUE(write_record(record));
    return read_record(record.directory).value();
  }

  TestDirectory state_;
  std::optional<std::string> home_ =
      std::getenv("HOME") != nullptr ? std::optional<std::string>(std::getenv("HOME")) : std::nullopt;
};

TEST_F(StateDirectory, IsThatOfTheEnvironmentWhereItIsAbsolute) {
  EXPECT_EQ(runs_path().value(), path("vigie/runs"));
  set("HOME", path("home"));
  for (const char* no_path : {"", "relative"}) {
    set("XDG_STATE_HOME", no_path);
    EXPECT_EQ(runs_path().value(), path("home/.local/state/vigie/runs")) << "the specification wants an absolute path";
  }
  set("XDG_STATE_HOME", std::nullopt);
  EXPECT_EQ(runs_path().value(), path("home/.local/state/vigie/runs"));
  set("HOME", "relative");
  EXPECT_TRUE(runs_path().value().ends_with("/.local/state/vigie/runs"));
  EXPECT_TRUE(runs_path().value().starts_with("/")) << "that of the password database";
}

TEST_F(StateDirectory, IsMadeWithAllAboveItForItsUserAlone) {
  set("XDG_STATE_HOME", path("a/b"));
  EXPECT_EQ(prepare_runs_directory().value(), path("a/b/vigie/runs"));
  for (const char* made : {"a", "a/b", "a/b/vigie", "a/b/vigie/runs"}) EXPECT_EQ(mode_of(path(made)), 0700U) << made;
  fs::permissions(path("a"), fs::perms(0755));
  fs::permissions(path("a/b/vigie"), fs::perms(0750));
  fs::permissions(path("a/b/vigie/runs"), fs::perms(0701));
  EXPECT_EQ(prepare_state_directory("runs").value(), path("a/b/vigie/runs"));
  EXPECT_EQ(mode_of(path("a")), 0755U) << "not vigie's own";
  EXPECT_EQ(mode_of(path("a/b/vigie")), 0700U);
  EXPECT_EQ(mode_of(path("a/b/vigie/runs")), 0700U);
}

TEST_F(StateDirectory, WhatIsNoneIsRefused) {
  std::ofstream(path("vigie")) << "x";
  EXPECT_NE(refusal(prepare_runs_directory()).find("is not a directory"), std::string::npos);
  fs::remove(path("vigie"));
  fs::create_directory(path("elsewhere"));
  fs::create_symlink("elsewhere", path("vigie"));
  EXPECT_NE(refusal(prepare_runs_directory()).find("it is a symbolic link"), std::string::npos);
  set("XDG_STATE_HOME", path("file/below"));
  std::ofstream(path("file")) << "x";
  EXPECT_NE(refusal(prepare_runs_directory()).find("cannot create"), std::string::npos);
  EXPECT_EQ(refusal(prepare_runs_directory()).find("XDG_STATE_HOME"), std::string::npos) << "a file can be removed";
  set("XDG_STATE_HOME", "/sys/vigie");
  EXPECT_NE(refusal(prepare_runs_directory()).find("set XDG_STATE_HOME"), std::string::npos)
      << "what nobody may make there, elsewhere can be made";
  set("XDG_STATE_HOME", "/proc/no/such/place");
  EXPECT_NE(refusal(prepare_runs_directory()).find("cannot create /proc/no"), std::string::npos);
}

TEST_F(StateDirectory, OfARunIsMadeAnewOnlyAmongTheRuns) {
  const std::string runs = prepare_runs_directory().value();
  EXPECT_FALSE(make_directory_anew(path("abc")));
  ASSERT_TRUE(make_directory_anew(runs + "/abc"));
  EXPECT_EQ(mode_of(runs + "/abc"), 0700U);
  EXPECT_EQ(content(runs + "/abc/wish.json"), std::string(4096, ' ')) << "the room that is kept";
  EXPECT_EQ(content(runs + "/abc/end.json"), std::string(4096, ' '));
  EXPECT_FALSE(make_directory_anew(runs + "/abc")) << "it is there";
}

TEST_F(StateDirectory, ARunIsActedOnOnlyWhereItIsOnesOwnAndTheOneThatWasRead) {
  RunRecord record = a_run();
  EXPECT_TRUE(check_own(record));
  EXPECT_TRUE(read_own_record(record.directory));
  record.owner = ::geteuid() + 1;
  EXPECT_NE(check_own(record).error().message.find("has changed while"), std::string::npos);
  record.owner.reset();
  EXPECT_FALSE(check_own(record)) << "nobody knows whose it was";
  record.owner = ::geteuid();
  fs::rename(path("vigie"), path("real"));
  fs::create_symlink("real", path("vigie"));
  EXPECT_FALSE(check_own(record)) << "steered elsewhere";
  EXPECT_FALSE(read_own_record(path("vigie/runs/gone")));
}

TEST_F(StateDirectory, ARecordSaysWhyItCannotBeRead) {
  const RunRecord record = a_run();
  const auto why = [&](const std::string& content) {
    std::ofstream(record.directory + "/run.json", std::ios::trunc) << content;
    const Result<RunRecord> read = read_record(record.directory);
    return read ? "" : read.error().message;
  };
  EXPECT_TRUE(why("").ends_with("/run.json: it is empty"));
  EXPECT_TRUE(why("{").ends_with("it is no JSON"));
  EXPECT_TRUE(why("{\"id\": \"other\"}").ends_with("it is the record of another run"));
  EXPECT_EQ(why("{\"id\": \"abc\"}"), "");
}

TEST_F(StateDirectory, AnEndThatHadNoRoomIsThatOfARunThatIsNotOver) {
  RunRecord record = a_run();
  ASSERT_TRUE(keep_room(record.directory));
  RunRecord ended = record;
  ended.state = RunState::failed;
  ended.exit = ExitRecord{.kind = ExitRecord::Kind::code, .value = 7, .reason = "x"};
  ended.last_progress = Progress{.step = 3};
  ASSERT_TRUE(write_end(ended));
  EXPECT_EQ(content(record.directory + "/end.json").find("last_progress"), std::string::npos);
  EXPECT_EQ(read_record(record.directory)->exit->value, 7);
  record.state = RunState::cancelled;
  record.exit = ExitRecord{.kind = ExitRecord::Kind::code, .value = 8};
  ASSERT_TRUE(write_record(record));
  EXPECT_EQ(read_record(record.directory)->exit->value, 8) << "what its record says goes before";
  ASSERT_TRUE(keep_room(record.directory));
  EXPECT_EQ(content(record.directory + "/end.json"), std::string(4096, ' '));
}

TEST_F(StateDirectory, EventsAreALineEach) {
  const RunRecord record = a_run();
  ASSERT_TRUE(append_event(record.directory, "started"));
  ASSERT_TRUE(append_event(record.directory, "ended", "\"value\": 7"));
  const std::string events = content(record.directory + "/events.jsonl");
  EXPECT_NE(events.find("\"event\": \"started\"}\n"), std::string::npos);
  EXPECT_NE(events.find("\"event\": \"ended\", \"value\": 7}\n"), std::string::npos);
  EXPECT_FALSE(append_event(path("nowhere"), "lost"));
}

TEST_F(StateDirectory, EveryWayToWriteARecordLeavesOneFile) {
  RunRecord record = a_run();
  for (const Kept kept : {Kept::surely, Kept::at_last, Kept::loosely}) {
    ++record.attempt;
    ASSERT_TRUE(write_record(record, kept));
    EXPECT_EQ(read_record(record.directory)->attempt, record.attempt);
    EXPECT_EQ(mode_of(record.directory + "/run.json"), 0600U);
  }
  EXPECT_EQ(std::distance(fs::directory_iterator(record.directory), fs::directory_iterator()), 1);
}

TEST_F(StateDirectory, OnlyADirectoryInItsPlaceIsSetAside) {
  const RunRecord record = a_run();
  ASSERT_TRUE(write_record(record));
  EXPECT_FALSE(fs::exists(record.directory + "/run.json.directory.0"));
}

TEST_F(StateDirectory, ALinkInTheRecordsPlaceIsReplacedAndLeadsNowhere) {
  const RunRecord record = a_run();
  fs::remove(record.directory + "/run.json");
  std::ofstream(path("victim")) << "precious";
  fs::create_symlink(path("victim"), record.directory + "/run.json");
  ASSERT_TRUE(write_record(record, Kept::loosely));
  EXPECT_EQ(content(path("victim")), "precious");
  EXPECT_TRUE(read_record(record.directory));
}

TEST_F(StateDirectory, AnAttemptThatAnOlderVigieWroteIsNotWrittenAgain) {
  RunRecord record = a_run();
  record.attempt = 7;
  const std::string line = R"({"attempt":7,"exit":{},"state":"exited"})"
                           "\n";
  std::ofstream(record.directory + "/attempts.jsonl") << line;
  ASSERT_TRUE(append_attempt(record));
  EXPECT_EQ(content(record.directory + "/attempts.jsonl"), line);
  record.attempt = 70;
  ASSERT_TRUE(append_attempt(record));
  EXPECT_NE(content(record.directory + "/attempts.jsonl"), line);
}

TEST_F(StateDirectory, AnAttemptWhoseLineWasCutIsWrittenWhole) {
  RunRecord record = a_run();
  record.attempt = 7;
  std::ofstream(record.directory + "/attempts.jsonl") << R"({"attempt": 7, "exit)";
  ASSERT_TRUE(append_attempt(record));
  EXPECT_NE(content(record.directory + "/attempts.jsonl").find("\"exit\n{\"attempt\": 7,"), std::string::npos)
      << "what a full disk cut is no line of this attempt";
}

}  // namespace
}  // namespace vigie::wire
