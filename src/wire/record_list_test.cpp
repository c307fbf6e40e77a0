#include "wire/record_list.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>

#include "base/test_directory.hpp"
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

}  // namespace
}  // namespace vigie::wire
