#include <gtest/gtest.h>

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

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

RunPolicy full_policy() {
  RunPolicy policy;
  policy.restart = {.when = RestartPolicy::When::on_failure, .limit = 3, .backoff_seconds = 2.5};
  policy.resume_command = "resume";
  policy.time_limit_seconds = 60;
  policy.early_signal = EarlySignal{.signal = 10, .before_seconds = 5};
  policy.hooks = {.on_start = "a", .on_stop = "b", .on_exit = "c", .notify = "d"};
  policy.queue = {.after = {"x"}, .after_success = {"y"}, .max_parallel = 2, .gpus = {.count = 1, .uuids = {"GPU-a"}}};
  policy.notify_terminals = true;
  return policy;
}

std::vector<std::string> names_in(const nlohmann::json& object) {
  std::vector<std::string> names;
  for (const auto& [name, value] : object.items()) names.push_back(name);
  return names;
}

TEST(RecordJson, WhatARunIsToDoByItselfComesBack) {
  RunRecord record = full_record();
  record.spec.policy = full_policy();
  const RunPolicy policy = record_from_json(to_json(record)).value().spec.policy;
  EXPECT_EQ(policy.restart.when, RestartPolicy::When::on_failure);
  EXPECT_EQ(policy.restart.limit, 3U);
  EXPECT_EQ(policy.restart.backoff_seconds, 2.5);
  EXPECT_EQ(policy.resume_command, "resume");
  EXPECT_EQ(policy.time_limit_seconds, 60);
  ASSERT_TRUE(policy.early_signal);
  EXPECT_EQ(policy.early_signal->signal, 10);
  EXPECT_EQ(policy.early_signal->before_seconds, 5);
  EXPECT_EQ(policy.hooks.on_start + policy.hooks.on_stop + policy.hooks.on_exit + policy.hooks.notify, "abcd");
  EXPECT_EQ(policy.queue.after, std::vector<std::string>{"x"});
  EXPECT_EQ(policy.queue.after_success, std::vector<std::string>{"y"});
  EXPECT_EQ(policy.queue.max_parallel, 2U);
  EXPECT_EQ(policy.queue.gpus, (GpuWant{.count = 1, .uuids = {"GPU-a"}}));
  EXPECT_TRUE(policy.notify_terminals);
}

TEST(RecordJson, WhatWasNotAskedForIsNotWritten) {
  RunRecord record;
  record.id = "ab12cd";
  const nlohmann::json json = nlohmann::json::parse(to_json(record));
  for (const char* name : {"nice", "io_priority", "cpus", "memory_bytes", "own_group", "terminal_rows",
                           "terminal_columns", "progress_pattern", "never_again", "gpus", "cgroup", "stop", "signalled",
                           "oom_kills_before", "exit", "last_progress", "adopted_uid"})
    EXPECT_FALSE(json.contains(name)) << name;
  for (const char* name : {"gpus", "gpu_uuids", "time_limit_seconds", "early_signal", "early_signal_before_seconds"})
    EXPECT_FALSE(json["policy"].contains(name)) << name;
  const RunRecord read = record_from_json(to_json(record)).value();
  EXPECT_FALSE(read.spec.policy.early_signal);
  EXPECT_FALSE(read.spec.policy.time_limit_seconds);
  EXPECT_TRUE(read.spec.start.own_group);
  EXPECT_FALSE(read.stop);
  EXPECT_FALSE(read.signalled);
  EXPECT_FALSE(read.exit);
  EXPECT_FALSE(read.last_progress);
}

TEST(RecordJson, AStopThatDidNothingYetSaysNoMore) {
  RunRecord record;
  record.id = "ab12cd";
  record.stop.emplace();
  EXPECT_EQ(names_in(nlohmann::json::parse(to_json(record))["stop"]),
            (std::vector<std::string>{"grace_seconds", "reason", "signal", "wall_ns"}));
}

TEST(RecordJson, HowItWasStartedAndStoppedComesBack) {
  RunRecord record = full_record();
  record.spec.pty = false;
  record.spec.start.own_group = false;
  record.spec.start.terminal_rows = record.spec.start.terminal_columns = 1;
  record.spec.progress_pattern = "pattern";
  record.spec.policy.early_signal = EarlySignal{.signal = 1, .before_seconds = 5};
  record.early_signal_sent = record.adopted = true;
  record.failures_in_a_row = 2;
  record.not_before_wall_ns = 3;
  record.waits_for = "run a to end";
  record.oom_kills_before = 0;
  record.group.directory.clear();  // there is none, and why
  const RunRecord read = record_from_json(to_json(record)).value();
  EXPECT_FALSE(read.spec.pty);
  EXPECT_FALSE(read.spec.start.own_group);
  EXPECT_EQ(read.spec.start.nice, 5);
  EXPECT_EQ(read.spec.start.io_priority, 3 << 13);
  EXPECT_EQ(read.spec.start.cpus, "0-3,8");
  EXPECT_EQ(read.spec.start.memory_bytes, 64ULL << 30);
  EXPECT_EQ(read.spec.start.terminal_rows, 1);
  EXPECT_EQ(read.spec.start.terminal_columns, 1);
  EXPECT_EQ(read.spec.progress_pattern, "pattern");
  EXPECT_EQ(read.spec.policy.early_signal->signal, 1);
  EXPECT_TRUE(read.early_signal_sent && read.adopted);
  EXPECT_EQ(read.failures_in_a_row, 2U);
  EXPECT_EQ(read.not_before_wall_ns, 3);
  EXPECT_EQ(read.waits_for, "run a to end");
  EXPECT_EQ(read.oom_kills_before, 0U) << "none was counted, and not the same as not known";
  EXPECT_EQ(read.group.reason, "x");
  EXPECT_EQ(read.state, RunState::killed);
  EXPECT_TRUE(read.exit->core_dumped && read.exit->out_of_memory);
  EXPECT_EQ(read.exit->kind, ExitRecord::Kind::signal);
  EXPECT_EQ(read.stop->report.extended_seconds, 4);
  EXPECT_TRUE(read.stop->report.checkpoint.front().growing);
  EXPECT_TRUE(read.stop->by_root && read.signalled->by_root);
  EXPECT_EQ(read.signalled->wall_ns, 6);
}

TEST(RecordJson, TheKindOfAnEndComesBack) {
  RunRecord record = full_record();
  for (const ExitRecord::Kind kind : {ExitRecord::Kind::code, ExitRecord::Kind::signal, ExitRecord::Kind::unknown}) {
    record.exit->kind = kind;
    EXPECT_EQ(record_from_json(to_json(record)).value().exit->kind, kind);
  }
}

/// Scripts and other versions of vigie read them.
TEST(RecordJson, MembersAreCalledAsTheyAlwaysWere) {
  RunRecord record = full_record();
  record.spec.policy = full_policy();
  record.oom_kills_before = record.exit->oom_kills = record.exit->address_space_bytes = record.exit->data_bytes = 1;
  record.spec.start.own_group = false;
  record.spec.progress_pattern = "p";
  const nlohmann::json json = nlohmann::json::parse(to_json(record));
  using Names = std::vector<std::string>;
  EXPECT_EQ(names_in(json), (Names{"adopted",
                                   "adopted_uid",
                                   "attempt",
                                   "boot_id",
                                   "cgroup",
                                   "command",
                                   "cpus",
                                   "created_wall_ns",
                                   "cwd",
                                   "early_signal_sent",
                                   "environment",
                                   "exit",
                                   "failures_in_a_row",
                                   "gpus",
                                   "grace_seconds",
                                   "holder",
                                   "host",
                                   "id",
                                   "io_priority",
                                   "last_progress",
                                   "leader",
                                   "log_max_bytes",
                                   "machine_id",
                                   "memory_bytes",
                                   "name",
                                   "never_again",
                                   "nice",
                                   "not_before_wall_ns",
                                   "oom_kills_before",
                                   "own_group",
                                   "pid_namespace",
                                   "policy",
                                   "progress_pattern",
                                   "pty",
                                   "shim",
                                   "signalled",
                                   "started_wall_ns",
                                   "state",
                                   "stop",
                                   "stop_signal",
                                   "terminal_columns",
                                   "terminal_rows",
                                   "time_namespace",
                                   "vigie",
                                   "waits_for"}));
  EXPECT_EQ(json["vigie"], 2);
  EXPECT_EQ(names_in(json["policy"]),
            (Names{"after", "after_success", "backoff_seconds", "early_signal", "early_signal_before_seconds",
                   "gpu_uuids", "gpus", "max_parallel", "notify", "notify_terminals", "on_exit", "on_start", "on_stop",
                   "restart", "restart_limit", "resume_command", "time_limit_seconds"}));
  EXPECT_EQ(names_in(json["exit"]), (Names{"address_space_bytes", "core_dumped", "data_bytes", "kind", "oom_kills",
                                           "out_of_memory", "reason", "value", "wall_ns"}));
  EXPECT_EQ(names_in(json["stop"]), (Names{"actions", "by_root", "checkpoint", "extended_seconds", "found_doing",
                                           "grace_seconds", "reason", "signal", "wait_checkpoint", "wall_ns"}));
}

TEST(AttemptJson, AnEndIsOfItsAttemptAndNamesAStateThatIsOver) {
  RunRecord ended = full_record();
  const auto added = [](const std::string& text, unsigned attempt) {
    RunRecord record = full_record();
    record.attempt = attempt;
    record.state = RunState::running;
    record.exit.reset();
    const bool is = add_end_from_json(text, record);
    EXPECT_EQ(is, record.exit.has_value());
    EXPECT_EQ(record.state, is ? RunState::killed : RunState::running);
    return is;
  };
  EXPECT_TRUE(added(attempt_to_json(ended), 3));
  EXPECT_FALSE(added(attempt_to_json(ended), 4));
  for (const char* none :
       {"", "[]", R"({"attempt": 3, "state": "killed"})", R"({"attempt": 3, "state": "running", "exit": {}})",
        R"({"attempt": 3, "state": "asleep", "exit": {}})",
        R"({"attempt": 3, "state": "killed", "exit": {"value": "x"}})"})
    EXPECT_FALSE(added(none, 3)) << none;
  ended.oom_kills_before = 0;
  const nlohmann::json line = nlohmann::json::parse(attempt_to_json(ended));
  EXPECT_EQ(names_in(line), (std::vector<std::string>{"attempt", "exit", "last_progress", "oom_kills_before",
                                                      "started_wall_ns", "state"}));
}

TEST(WishJson, IsOfOneAttemptAndNoneWhereItIsDamaged) {
  const std::string wish = wish_to_json(3, {.signal = 10, .grace_seconds = -1, .wall_ns = 7, .reason = "x"});
  ASSERT_TRUE(wish_from_json(wish, 3));
  EXPECT_EQ(wish_from_json(wish, 3)->grace_seconds, -1);
  EXPECT_EQ(wish_from_json(wish, 3)->reason, "x");
  for (const char* none : {"", "[]", R"({"attempt": 3})", R"({"attempt": 3, "stop": {"signal": "x"}})"})
    EXPECT_FALSE(wish_from_json(none, 3)) << none;
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

TEST(RecordJson, TakesEveryNameThatVigieGives) {
  RunRecord record = full_record();
  for (const std::string& good :
       {std::string("a"), std::string("azAZ09-_."), std::string("0"), std::string("Z"), std::string(300, 'x')}) {
    record.name = good;
    EXPECT_TRUE(record_from_json(to_json(record))) << good;
  }
  record.name = std::string(301, 'x');
  EXPECT_FALSE(record_from_json(to_json(record)));
  for (const char beside : {'`', '{', '@', '[', '/', ':'}) {  // next to the letters and digits
    record.name = std::string("a") + beside;
    EXPECT_FALSE(record_from_json(to_json(record))) << beside;
  }
  record.name.clear();
  EXPECT_TRUE(record_from_json(to_json(record))) << "an adopted run may have none yet";
  record.id.clear();
  EXPECT_FALSE(record_from_json(to_json(record)));
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
