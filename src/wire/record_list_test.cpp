#include "wire/record_list.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>

#include "base/test_directory.hpp"
#include "wire/keepers.hpp"
#include "wire/recorder_for_tests.hpp"
#include "wire/run_directory.hpp"

namespace vigie::wire {
namespace {

class RecordListTest : public testing::Test {
 protected:
  void SetUp() override { ::setenv("XDG_STATE_HOME", state_.path().c_str(), 1); }

  void write(const std::string& id, const std::string& name, RunState state = RunState::running) {
    const Result<std::string> runs = prepare_runs_directory();
    ASSERT_TRUE(runs);
    RunRecord record;
    record.id = id;
    record.name = name;
    record.state = state;
    record.created_wall_ns = ++created_;
    record.directory = *runs + "/" + id;
    std::filesystem::create_directory(record.directory);
    ASSERT_TRUE(write_record(record, Kept::loosely));
  }

  static std::vector<std::string> names(const Result<std::vector<RunRecord>>& records) {
    std::vector<std::string> found;
    for (const RunRecord& record : records.value()) found.push_back(record.name);
    return found;
  }

  TestDirectory state_;
  std::int64_t created_ = 0;
};

using Names = std::vector<std::string>;

TEST_F(RecordListTest, NobodyEverRanAnything) {
  EXPECT_EQ(names(list_records()), Names{});
  EXPECT_EQ(names(list_records_like("x")), Names{});
}

TEST_F(RecordListTest, ARunThatEndsBetweenTwoLooksHasEndedInTheSecond) {
  RecordList list;
  write("aaaaaa", "resnet");
  EXPECT_EQ(list.read()->front().state, RunState::running);
  write("aaaaaa", "resnet", RunState::exited);
  EXPECT_EQ(list.read()->front().state, RunState::exited);
  // From now on the record counts as settled, and is remembered.
  std::this_thread::sleep_for(std::chrono::milliseconds(1100));
  EXPECT_EQ(list.read()->front().state, RunState::exited);
  EXPECT_EQ(list.read()->front().state, RunState::exited);
  write("aaaaaa", "resnet", RunState::failed);
  EXPECT_EQ(list.read()->front().state, RunState::failed);
}

TEST_F(RecordListTest, ARecordThatIsWrittenTwiceWithinATickOfTheClockIsReadTwice) {
  RecordList list;
  write("aaaaaa", "resnet");
  const std::string file = *runs_path() + "/aaaaaa/run.json";
  std::ifstream in(file);
  std::string content{std::istreambuf_iterator<char>(in), {}};
  for (int i = 0; i < 100; ++i) {
    const std::string_view before = i % 2 == 0 ? "running" : "exiting", now = i % 2 == 0 ? "exiting" : "running";
    content.replace(content.find(before), before.size(), now);
    std::ofstream(file, std::ios::trunc) << content;  // the same file, as long as it was
    EXPECT_EQ(list.read()->front().state, run_state_named(now)) << i;
  }
}

TEST_F(RecordListTest, ARemovedRunIsGoneAndANewOneThere) {
  RecordList list;
  write("aaaaaa", "old");
  write("bbbbbb", "kept");
  EXPECT_EQ(names(list.read()), (Names{"old", "kept"}));
  std::filesystem::remove_all(*runs_path() + "/aaaaaa");
  write("cccccc", "new");
  EXPECT_EQ(names(list.read()), (Names{"kept", "new"}));
}

TEST_F(RecordListTest, ARunIsFoundByTheBeginningOfItsNameOrId) {
  write("aaaaaa", "resnet-50");
  write("bbbbbb", "bert");
  EXPECT_EQ(names(list_records_like("resnet")), Names{"resnet-50"});
  EXPECT_EQ(names(list_records_like("bbb")), Names{"bert"});
  EXPECT_EQ(names(list_records_like("es")), Names{}) << "the middle is no beginning";
}

TEST_F(RecordListTest, ARecordThatCannotBeReadIsSaidToBeThereAndWhy) {
  write("aaaaaa", "good");
  for (const auto& [id, content] :
       {std::pair{"bbbbbb", ""}, {"cccccc", "{\"id\": \"cccccc\", \"na"}, {"dddddd", "{}\n"}}) {
    write(id, "bad");
    std::ofstream(*runs_path() + "/" + id + "/run.json") << content;
  }
  std::filesystem::create_directory(*runs_path() + "/half-made");
  std::ofstream(*runs_path() + "/a-file") << "x";
  RecordList list;
  EXPECT_EQ(names(list.read()), Names{"good"});
  ASSERT_EQ(list.unreadable().size(), 3U);
  std::vector<UnreadableRun> others;
  EXPECT_EQ(names(list_records_like("bad", &others)), Names{});
  EXPECT_EQ(others.size(), 3U);
  std::ranges::sort(others, {}, &UnreadableRun::id);
  EXPECT_EQ(others[0].id, "bbbbbb");
  EXPECT_TRUE(others[0].reason.ends_with("/run.json: it is empty")) << others[0].reason;
  EXPECT_FALSE(others[0].kept);
  write("bbbbbb", "mended");
  EXPECT_EQ(names(list.read()), (Names{"good", "mended"}));
  EXPECT_EQ(list.unreadable().size(), 2U);
}

TEST_F(RecordListTest, ADirectoryWithoutARecordIsHalfMadeForTenSeconds) {
  write("aaaaaa", "resnet");
  const std::string made = *runs_path() + "/bbbbbb";
  std::filesystem::create_directory(made);
  RecordList list;
  ASSERT_TRUE(list.read());
  EXPECT_TRUE(list.unreadable().empty()) << "its client is about to write the record";
  const auto made_ago = [&](int seconds) {
    std::filesystem::last_write_time(made,
                                     std::filesystem::file_time_type::clock::now() - std::chrono::seconds(seconds));
  };
  made_ago(10);
  ASSERT_TRUE(list.read());
  ASSERT_EQ(list.unreadable().size(), 1U);
  EXPECT_EQ(list.unreadable().front().directory, made);
}

TEST_F(RecordListTest, ADamagedRecordIsWrittenAnewByItsKeeper) {
  write("aaaaaa", "resnet");
  const std::string run = *runs_path() + "/aaaaaa";
  const RunRecord known = read_record(run).value();
  std::ofstream(run + "/run.json", std::ios::trunc) << "{";
  RecordList list;
  {
    const FakeRecorder recorder(run, [&](const std::string& request) {
      return request.contains("\"record\"") && write_record(known, Kept::loosely) ? R"({"ok": true})" : "";
    });
    // A keeper that gets no CPU for a second answers too late, and the next look finds what it wrote.
    for (int looks = 0; looks < 10 && names(list.read()).empty(); ++looks) continue;
    EXPECT_EQ(names(list.read()), Names{"resnet"});
    EXPECT_TRUE(list.unreadable().empty());
  }
  std::ofstream(run + "/run.json", std::ios::trunc) << "{";
  const FakeRecorder busy(run, "");
  EXPECT_EQ(names(list.read()), Names{});
  ASSERT_EQ(list.unreadable().size(), 1U);
  EXPECT_TRUE(list.unreadable().front().kept) << "its keeper is there, and must not be taken for dead";
  EXPECT_NE(describe(list.unreadable().front()).find("its keeper is there"), std::string::npos);
}

TEST_F(RecordListTest, WhatCannotBeReadAndHasNoKeeperCanBeRemoved) {
  EXPECT_EQ(describe({.id = "aaaaaa", .directory = "/x", .reason = "it is\x1b[2Jempty", .kept = false}),
            "the record of run aaaaaa cannot be read (it is\\x1b[2Jempty): `vigie rm aaaaaa` removes it");
}

TEST_F(RecordListTest, ARecordThatDoesNotLookWholeIsReadWhole) {
  write("aaaaaa", "good");
  const auto found = [&](std::string_view content) {
    std::ofstream(*runs_path() + "/aaaaaa/run.json", std::ios::trunc) << content;
    std::vector<UnreadableRun> others;
    return names(list_records_like("bert", &others)).size() + others.size();
  };
  EXPECT_EQ(found("{\"id\": \"aaaaaa\", \"name\": \"good\"}\n"), 0U) << "whole, and another";
  for (const char* odd : {" {\"id\": \"aaaaaa\", \"name\": \"good\"}\n", "{\"id\": \"aaaaaa\", \"name\": \"good\"}",
                          "{\"id\":\"aaaaaa\", \"name\": \"good\"}\n", "{\"id\": \"aaaaaa\", \"name\":\"good\"}\n",
                          "{\"id\": \"bbbbbb\", \"name\": \"good\"}\n"})
    EXPECT_EQ(found(odd), 1U) << odd;
}

TEST_F(RecordListTest, AStateDirectoryThatIsNoneIsNoEmptyOne) {
  const auto fault = [] {
    const Result<std::vector<RunRecord>> records = list_records();
    return records ? "" : records.error().message;
  };
  EXPECT_EQ(fault(), "") << "nobody has run anything yet";
  std::ofstream(state_.path("vigie")) << "x";
  EXPECT_NE(fault().find(state_.path("vigie") + ": it is not a directory"), std::string::npos) << fault();
  std::filesystem::remove(state_.path("vigie"));
  std::filesystem::create_directories(state_.path("other/runs"));
  std::filesystem::create_symlink("other", state_.path("vigie"));
  EXPECT_NE(fault().find(state_.path("vigie") + ": it is a symbolic link"), std::string::npos) << fault();
  std::filesystem::remove(state_.path("vigie"));
  std::filesystem::create_directory(state_.path("vigie"));
  std::ofstream(state_.path("vigie/runs")) << "x";
  EXPECT_NE(fault().find(state_.path("vigie/runs") + ": it is not a directory"), std::string::npos) << fault();
  EXPECT_FALSE(list_records_like("x"));
}

TEST_F(RecordListTest, WhatIsBeingChangedIsKeptThoughItHasNoRecord) {
  write("aaaaaa", "resnet");
  const std::string run = *runs_path() + "/aaaaaa";
  const Result<ChangeLock> lock = ChangeLock::take(run);
  ASSERT_TRUE(lock);
  std::filesystem::remove(run + "/run.json");
  RecordList list;
  ASSERT_TRUE(list.read());
  ASSERT_EQ(list.unreadable().size(), 1U);
  EXPECT_TRUE(list.unreadable().front().kept);
}

}  // namespace
}  // namespace vigie::wire
