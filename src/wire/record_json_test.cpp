#include <gtest/gtest.h>

#include "wire/run_directory.hpp"

namespace vigie::wire {
namespace {

RunRecord full_record() {
  RunRecord record;
  record.id = "ab12cd";
  record.name = "resnet";
  record.attempt = 3;
  record.spec.command = {"python3", "train.py", "a\nb"};
  record.spec.cwd = "/home/u";
  record.spec.environment = {"A=1"};
  record.spec.start.nice = 5;
  record.gpus = {"GPU-a", "GPU-b"};
  record.spec.policy.queue.gpus = {.count = 2, .uuids = {"GPU-a", "GPU-b"}};
  record.state = RunState::killed;
  record.leader = {42, 4711};
  record.spec.start.io_priority = 3 << 13;
  record.spec.start.cpus = "0-3,8";
  record.spec.start.memory_bytes = 64ULL << 30;
  record.spec.start.terminal_rows = 24;
  record.spec.start.terminal_columns = 80;
  record.group = {.directory = "/sys/fs/cgroup/vigie-ab12cd", .reason = "x"};
  record.stop = StopRequest{.signal = 15, .grace_seconds = 2.5, .wall_ns = 7};
  record.stop->wait_checkpoint = "/data/ck";
  record.stop->report.actions = {{.pid = 9, .command = "a b", .action = "kill", .result = "ended"}};
  record.stop->report.checkpoint = {{.path = "/data/ck/a.pt", .bytes = 77, .growing = true}};
  record.stop->report.extended_seconds = 4;
  record.stop->by_root = true;
  record.stop->found_doing = "slept in futex";
  record.adopted_uid = 1000;
  record.never_again = "it was another's";
  record.signalled = SentSignal{.signal = 10, .by_root = true, .wall_ns = 6};
  record.exit =
      ExitRecord{.kind = ExitRecord::Kind::signal, .value = 9, .core_dumped = true, .wall_ns = 8, .reason = "x"};
  record.exit->out_of_memory = true;
  record.last_progress = Progress{};
  record.last_progress->step = 10;
  record.last_progress->metrics["loss"] = 0.5;
  return record;
}

TEST(RecordJson, SurvivesAWriteAndARead) {
  const Result<RunRecord> read = record_from_json(to_json(full_record()));
  ASSERT_TRUE(read);
  EXPECT_EQ(to_json(*read), to_json(full_record()));
  EXPECT_EQ(read->leader, (ProcessId{42, 4711}));
  EXPECT_EQ(read->gpus.size(), 2);
  EXPECT_EQ(read->spec.policy.queue.gpus.count, 2U);
  EXPECT_EQ(read->exit->value, 9);
  EXPECT_EQ(read->stop->report.actions.front().command, "a b");
  EXPECT_EQ(read->stop->report.checkpoint.front().bytes, 77);
  EXPECT_EQ(read->stop->found_doing, "slept in futex");
  EXPECT_EQ(read->signalled->signal, 10);
  EXPECT_EQ(read->adopted_uid, 1000U);
  EXPECT_EQ(read->never_again, "it was another's");
  EXPECT_EQ(read->last_progress->metrics.at("loss"), 0.5);
}

TEST(RecordJson, KeepsTheLimitsUnderWhichItEnded) {
  RunRecord record = full_record();
  record.exit->address_space_bytes = 1;
  record.exit->data_bytes = 1;
  record.exit->oom_kills = 0;
  const Result<RunRecord> read = record_from_json(to_json(record));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->exit->address_space_bytes, 1U);
  EXPECT_EQ(read->exit->data_bytes, 1U);
  EXPECT_EQ(read->exit->oom_kills, 0U) << "none is known, and not the same as not known";
  record.exit->oom_kills.reset();
  EXPECT_FALSE(record_from_json(to_json(record))->exit->oom_kills);
}

TEST(RecordJson, KeepsEveryByteOfTextsThatAreNotUtf8) {
  const std::string bytes = "caf\xe9 \xff\xf4\x8f\xb3\xa9";
  RunRecord record = full_record();
  record.spec.command = {bytes, "caf\xe8"};
  record.spec.cwd = record.group.directory = record.waits_for = bytes;
  record.spec.environment = {"A=" + bytes, bytes + "=1"};
  record.spec.policy.hooks.on_exit = record.spec.policy.resume_command = bytes;
  record.stop->wait_checkpoint = record.stop->report.checkpoint.front().path = bytes;
  record.last_progress->line = bytes;
  record.last_progress->metrics[bytes] = 1;
  const Result<RunRecord> read = record_from_json(to_json(record));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->spec.command, record.spec.command);
  EXPECT_EQ(read->spec.environment, record.spec.environment);
  EXPECT_EQ(read->spec.policy.resume_command, bytes);
  EXPECT_EQ(read->stop->report.checkpoint.front().path, bytes);
  EXPECT_EQ(read->last_progress->metrics.at(bytes), 1);
  EXPECT_EQ(to_json(*read), to_json(record));
}

TEST(RecordJson, OfAnOlderVigieEscapesNothing) {
  const Result<RunRecord> read = record_from_json("{\"vigie\": 1, \"id\": \"abc\", \"cwd\": \"/\xf4\x8f\xb3\xa9\"}");
  ASSERT_TRUE(read);
  EXPECT_EQ(read->spec.cwd, "/\xf4\x8f\xb3\xa9");
}

TEST(RecordJson, RefusesGarbageWithAnError) {
  for (const char* text : {"", "{", "[]", "{}", "{\"id\": 7}", "null"}) EXPECT_FALSE(record_from_json(text)) << text;
}

TEST(RecordJson, RefusesNamesThatVigieGivesNoRun) {
  for (const char* bad : {"../../up", "a/b", "a b", "\x1b[2J", ".hidden", "-option", "#(touch x)", "\xc3\xa4"}) {
    RunRecord record = full_record();
    record.name = bad;
    EXPECT_FALSE(record_from_json(to_json(record))) << bad;
    record = full_record();
    record.id = bad;
    EXPECT_FALSE(record_from_json(to_json(record))) << bad;
  }
}

TEST(RecordJson, RefusesANumberThatItsFieldCannotHold) {
  for (const char* version :
       {"122222222222222222222222222222222", "4294967297", "-9223372036854775808", "1.5", "true"}) {
    EXPECT_FALSE(record_from_json(std::string(R"({"id": "abc", "attempt": )") + version + "}")) << version;
  }
  EXPECT_TRUE(record_from_json(R"({"id": "abc", "attempt": 7})"));
}

TEST(RecordJson, IgnoresWhatANewerVigieAdded) {
  EXPECT_TRUE(record_from_json(R"({"vigie": 2, "id": "abc", "future": {"a": []}})"));
}

}  // namespace
}  // namespace vigie::wire
