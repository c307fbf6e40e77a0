#include "act/json.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <string>

namespace vigie::act {
namespace {

std::string written(const std::function<void(JsonWriter&)>& write) {
  return json_object([&](JsonWriter& json) { write(json); });
}

std::string written(const Stopped& stopped) {
  return written([&](JsonWriter& json) { append_stopped(json, stopped); });
}

TEST(ActJson, AStopThatLeftNothingHasEveryMemberAllTheSame) {
  EXPECT_EQ(
      written(Stopped{.label = "run a"}),
      R"({"target": "run a", "ended": "", "actions": [], "extended_seconds": 0, "files_known": true, "files": [], )"
      R"("shared_memory": [], "left": [], "gpu_memory": [], "gpu_memory_reason": null})");
}

TEST(ActJson, AStopTellsWhatItDidAndWhatIsLeft) {
  Stopped stopped{.label = "run a", .ended = "killed", .rows = {{{7, 1}, "sh -c x", "signal TERM", "ended"}}};
  SavedFile& saved = stopped.files.emplace_back();
  saved.path = "/data/a.ckpt";
  saved.bytes = 10;
  saved.growing = true;
  stopped.files.push_back(saved);
  stopped.files[1].growing = false;
  stopped.files[1].writer = 7;
  stopped.files_unknown = true;
  stopped.shared = {{.path = "/dev/shm/x", .bytes = 3}};
  stopped.left = {{{8, 1}, "sleep", "no permission"}};
  stopped.extended_seconds = 1.5;
  const std::string json = written(stopped);
  EXPECT_TRUE(
      json.contains(R"("actions": [{"pid": 7, "command": "sh -c x", "action": "signal TERM", "result": "ended"}])"))
      << json;
  EXPECT_TRUE(
      json.contains(R"("files": [{"path": "/data/a.ckpt", "size_bytes": 10, "complete": false, "writer": null}, )"
                    R"({"path": "/data/a.ckpt", "size_bytes": 10, "complete": true, "writer": 7}])"))
      << json;
  EXPECT_TRUE(json.contains(R"("extended_seconds": 1.5, "files_known": false)")) << json;
  EXPECT_TRUE(json.contains(R"("shared_memory": [{"path": "/dev/shm/x", "size_bytes": 3}])")) << json;
  EXPECT_TRUE(json.contains(R"("left": [{"pid": 8, "command": "sleep", "reason": "no permission"}])")) << json;
}

TEST(ActJson, GpuMemoryThatTheDriverDidNotTellIsNullAndNotNone) {
  Stopped stopped{.label = "run a"};
  stopped.gpu_memory.unknown = "the driver does not answer";
  EXPECT_TRUE(written(stopped).ends_with(R"("gpu_memory": null, "gpu_memory_reason": "the driver does not answer"})"));
  stopped.gpu_memory.holds = {{.gpu = "0", .uuid = "", .pid = 9, .gone = true, .memory_bytes = Presence::denied}};
  EXPECT_TRUE(written(stopped).contains(
      R"("gpu_memory": [{"gpu": "0", "gpu_uuid": null, "pid": 9, "gone": true, "gpu_memory_bytes": null}])"))
      << written(stopped);
}

TEST(ActJson, ARunThatStartedSaysWhereItIsHeldOrWhyNowhere) {
  RunRecord run;
  run.id = "4f";
  run.name = "a";
  run.group.reason = "no group can be made";
  const auto started = [&] { return written([&](JsonWriter& json) { append_started(json, run); }); };
  EXPECT_EQ(started(), R"({"id": "4f", "name": "a", "cgroup": null, "cgroup_reason": "no group can be made"})");
  run.group = {.directory = "/sys/fs/cgroup/x", .reason = ""};
  EXPECT_EQ(started(), R"({"id": "4f", "name": "a", "cgroup": "/sys/fs/cgroup/x", "cgroup_reason": null})");
  run.state = RunState::killed;
  EXPECT_EQ(written([&](JsonWriter& json) { append_ended(json, {.record = run, .status = 137, .leftovers = {}}); }),
            R"({"id": "4f", "name": "a", "state": "killed", "status": 137})");
  EXPECT_EQ(written([&](JsonWriter& json) { append_adopted(json, {.id = "4f", .name = "a", .never_again = "x"}); }),
            R"({"id": "4f", "name": "a"})");
}

}  // namespace
}  // namespace vigie::act
