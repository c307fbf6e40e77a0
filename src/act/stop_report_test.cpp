#include "act/stop_report.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <string>

#include "act/json.hpp"
#include "model/run_control.hpp"

namespace vigie::act {
namespace {

ActionRow row(pid_t pid, const std::string& action, const std::string& result) {
  return {.id = {pid, 1}, .command = "python3 train.py", .action = action, .result = result};
}

nlohmann::json json_of(const Stopped& stopped) {
  std::string text;
  JsonWriter writer(text);
  writer.begin_object();
  append_stopped(writer, stopped);
  writer.end_object();
  return nlohmann::json::parse(text);
}

TEST(StopReport, SaysHowItEndedAndThatNothingIsLeft) {
  Stopped stopped{.label = "resnet", .ended = "cancelled: exit code 0"};
  stopped.rows = {row(12, "signal TERM", "ended")};
  EXPECT_EQ(stop_report(stopped, 60), "resnet cancelled: exit code 0\n  nothing of it is left\n");
}

TEST(StopReport, TellsOfEachProcessThatWasAskedOrKilled) {
  Stopped stopped{.label = "process 12 (sh)"};
  stopped.rows = {row(12, "signal TERM", "ended"), row(13, "signal TERM", ""), row(14, "kill", "ended")};
  EXPECT_EQ(stop_report(stopped, 60),
            "process 12 (sh) ended\n"
            "  signal TERM to process 12 python3 train.py: ended\n"
            "  signal TERM to process 13 python3 train.py: what became of it is not known\n"
            "  killed process 14 python3 train.py\n"
            "  nothing of it is left\n");
}

TEST(StopReport, WithoutAKillWhatIsLeftGoesOn) {
  Stopped stopped{.label = "resnet", .no_kill = true};
  stopped.left = {{.id = {12, 1}, .command = "sh", .reason = "still there"}};
  EXPECT_EQ(stop_report(stopped, 0),
            "resnet got the signal and goes on: nothing is killed (--no-kill)\n  still there: process 12 sh\n");
}

TEST(StopReport, OfMoreThanTenTheRestIsCounted) {
  Stopped stopped{.label = "resnet", .ended = "killed"};
  for (pid_t pid = 1; pid <= 12; ++pid) stopped.rows.push_back(row(pid, "kill", "ended"));
  EXPECT_TRUE(stop_report(stopped, 60).contains("  and 2 more\n"));
}

TEST(StopReport, CommandsAreCutForATerminalAlone) {
  Stopped stopped{.label = "resnet"};
  const std::string command(100, 'x');
  stopped.left = {{.id = {12, 1}, .command = command, .reason = "still there"}};
  EXPECT_TRUE(stop_report(stopped, 0).contains(command));
  EXPECT_FALSE(stop_report(stopped, 60).contains(command));
}

TEST(StopReport, TextsOfOthersAreSafe) {
  Stopped stopped{.label = "resnet"};
  stopped.left = {{.id = {12, 1}, .command = "\x1b[2J", .reason = "denied\n"}};
  stopped.shared = {{.path = "/dev/shm/\x1b", .bytes = 1}};
  const std::string report = stop_report(stopped, 0);
  EXPECT_FALSE(report.contains('\x1b'));
  EXPECT_TRUE(report.contains("still there: process 12 \\x1b[2J: denied\\n\n")) << report;
}

TEST(StopReport, MemoryThatIsLeftIsNotNothing) {
  Stopped stopped{.label = "resnet"};
  stopped.gpu_memory.holds = {{.gpu = "0", .uuid = {}, .pid = 12, .gone = true, .memory_bytes = 1U << 30}};
  EXPECT_EQ(stop_report(stopped, 0),
            "resnet ended\n"
            "  left 1.0G of GPU 0: the driver still counts it for process 12, which is gone\n"
            "  no process of it is left\n");
}

TEST(StopJson, WhatIsNotKnownIsNull) {
  Stopped stopped{.label = "resnet"};
  stopped.files = {SavedFile{CheckpointFile{.path = "/a\xff", .bytes = 7, .growing = true}, 0}};
  stopped.gpu_memory.unknown = "the driver does not answer";
  const nlohmann::json json = json_of(stopped);
  EXPECT_EQ(json["files"][0]["writer"], nullptr);
  EXPECT_EQ(json["files"][0]["complete"], false);
  EXPECT_EQ(json["gpu_memory"], nullptr);
  EXPECT_EQ(json["gpu_memory_reason"], "the driver does not answer");
  EXPECT_EQ(json["actions"], nlohmann::json::array());
}

TEST(StopJson, MemoryThatIsHeldHasItsHolder) {
  Stopped stopped{.label = "resnet"};
  stopped.gpu_memory.holds = {{.gpu = "1", .uuid = "GPU-a", .pid = 12, .gone = false, .memory_bytes = 5}};
  const nlohmann::json json = json_of(stopped);
  EXPECT_EQ(json["gpu_memory"], nlohmann::json::parse(R"([{"gpu": "1", "gpu_uuid": "GPU-a", "pid": 12, "gone": false,
                                       "gpu_memory_bytes": 5}])"));
  EXPECT_EQ(json["gpu_memory_reason"], nullptr);
}

TEST(StopReport, NamesWhatWasWrittenAndWhatOfAGpuIsStillTaken) {
  Stopped stopped{.label = "resnet", .ended = "killed", .extended_seconds = 30};
  SavedFile file;
  file.path = "/data/a.ckpt";
  file.bytes = 2048;
  stopped.files.push_back(file);
  file.growing = true;
  file.writer = 12;
  stopped.files.push_back(file);
  stopped.gpu_memory.holds = {{.gpu = "0", .uuid = "", .pid = 12, .gone = true, .memory_bytes = std::uint64_t{1024}},
                              {.gpu = "1", .uuid = "", .pid = 13, .memory_bytes = Presence::denied}};
  const std::string report = stop_report(stopped, 60);
  EXPECT_TRUE(report.contains("  was given 30.0s more for its checkpoint\n")) << report;
  EXPECT_TRUE(report.contains("  /data/a.ckpt (2.0K) was written since the signal\n")) << report;
  EXPECT_TRUE(
      report.contains("  process 12 wrote /data/a.ckpt (2.0K, was still growing: it may be incomplete) "
                      "since the signal\n"))
      << report;
  EXPECT_TRUE(report.contains("of GPU 0: the driver still counts it for process 12, which is gone\n")) << report;
  EXPECT_TRUE(report.contains("  left memory of GPU 1 to process 13\n")) << report;
  EXPECT_TRUE(report.contains("  no process of it is left\n")) << report;
}

}  // namespace
}  // namespace vigie::act
