#include "views/run_columns.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "base/second_for_tests.hpp"
#include "views/scene_for_tests.hpp"

namespace vigie::views {
namespace {

constexpr std::int64_t now = Scene::now_seconds * second;

std::string cell(const Frame& frame, std::string_view name) {
  return shown(run_columns(), RunRow{&frame, &frame.view.runs.front()}, name);
}

std::string progress(const Scene& scene) {
  return cell(scene.frame(), "progress");
}

Progress moving() {
  Progress progress;
  progress.step = 120;
  progress.total = 500;
  progress.wall_ns = now;
  return progress;
}

Progress moving_with(std::map<std::string, double> metrics) {
  Progress progress = moving();
  progress.metrics = std::move(metrics);
  return progress;
}

TEST(RunColumns, ProgressSaysWhereItIsHowFastAndHowLongYet) {
  Scene scene;
  vigie::Run& run = scene.add_run("a");
  Progress bar = moving();
  bar.epoch = 2;
  bar.epochs = 5;
  bar.rate_per_second = 12.34;
  bar.unit = "img";
  bar.metrics = {{"loss", 0.4123456}};
  run.progress = bar;
  EXPECT_TRUE(progress(scene).starts_with("epoch 2/5 120/500 24% 12.3 img/s")) << progress(scene);
  EXPECT_TRUE(progress(scene).ends_with("loss 0.4123")) << progress(scene);
}

TEST(RunColumns, AMinuteThatIsLeftIsWrittenAsAClockDoes) {
  Scene scene;
  Progress bar = moving();
  bar.rate_per_second = 1.0;
  bar.total = *bar.step + 60;
  scene.add_run("a").progress = bar;
  EXPECT_TRUE(progress(scene).contains("eta 1:00")) << progress(scene);
  bar.total = *bar.step + 59;
  scene.view.runs.back().progress = bar;
  EXPECT_TRUE(progress(scene).contains("eta 59s")) << progress(scene);
}

TEST(RunColumns, AMetricThatIsNoNumberIsSaidAndNotRounded) {
  Scene scene;
  scene.add_run("a").progress = moving_with({{"loss", std::numeric_limits<double>::quiet_NaN()}});
  EXPECT_TRUE(progress(scene).ends_with("loss nan")) << progress(scene);
  const Frame frame = scene.frame();
  const std::string json = as_json(run_columns(), RunRow{&frame, &frame.view.runs.front()}, "progress");
  EXPECT_NE(json.find(R"("loss": "nan")"), std::string::npos) << json;
}

TEST(RunColumns, AnAttemptBeforeThisOneDoesNotMakeItStalled) {
  Scene scene;
  vigie::Run& run = scene.add_run("a");
  Progress bar = moving();
  bar.wall_ns = now - 5000 * second;
  bar.longest_gap_seconds = 1.0;
  run.progress = bar;
  run.started_wall_ns = now - 2 * second;
  EXPECT_EQ(progress(scene).find("stalled"), std::string::npos) << progress(scene);
  run.started_wall_ns = now - 6000 * second;
  EXPECT_NE(progress(scene).find("stalled 1:23:20"), std::string::npos) << progress(scene);
}

TEST(RunColumns, HowARunThatIsOverEndedStandsBeforeItsProgress) {
  Scene scene;
  vigie::Run& run = scene.add_run("a");
  run.state = RunState::failed;
  run.attempt = 2;
  run.exit = ExitRecord{.kind = ExitRecord::Kind::code, .value = 3, .reason = ""};
  run.progress = moving();
  run.started_wall_ns = now - 100 * second;
  EXPECT_EQ(progress(scene), "exit code 3; attempt 2, 120/500 24%");
  EXPECT_EQ(cell(scene.frame(), "elapsed_seconds"), "-");
  run.ended_wall_ns = now - 40 * second;
  EXPECT_EQ(cell(scene.frame(), "elapsed_seconds"), "1:00");
  EXPECT_TRUE(progress(scene).starts_with("exit code 3, 40 s ago; ")) << progress(scene);
  run.exit.reset();
  EXPECT_TRUE(progress(scene).starts_with("how it ended is not known, ")) << progress(scene);
}

TEST(RunColumns, ALostRunWithProcessesSaysHowToEndThem) {
  Scene scene;
  scene.add_run("a").state = RunState::lost;
  scene.process(10, 1, "python3");
  scene.join(Role::trainer);
  EXPECT_EQ(progress(scene), "alive, but nothing keeps it any more: `vigie stop a` ends it");
}

TEST(RunColumns, WhatItWaitsForAndWhereItRunsComeBeforeProgress) {
  Scene scene;
  vigie::Run& run = scene.add_run("a");
  run.progress = moving();
  run.waits_for = "run b to end";
  EXPECT_EQ(progress(scene), "waits for run b to end");
  run.elsewhere = "it runs on node7";
  EXPECT_EQ(progress(scene), "it runs on node7");
}

TEST(RunColumns, TheVerdictIsKnownWhereTheFrameWasJudged) {
  Scene scene;
  scene.add_run("a");
  Frame frame = scene.frame();
  frame.findings.push_back({.rule = "loader-cpu", .severity = Severity::warning, .subject = "a"});
  EXPECT_EQ(cell(frame, "verdict"), "-");
  scene.snapshot.sources.push_back({.name = "samples", .state = SourceState::ok, .reason = ""});
  frame.snapshot = scene.frame().snapshot;
  EXPECT_EQ(cell(frame, "verdict"), "loader-cpu");
  frame.findings.front().subject = "host";
  EXPECT_EQ(cell(frame, "verdict"), "ok");
  frame.too_early.push_back({.subject = "a"});
  EXPECT_EQ(cell(frame, "verdict"), "too early");
  frame.suspicions.push_back({.rule = "hung", .subject = "a", .text = ""});
  EXPECT_EQ(cell(frame, "verdict"), "hung?");
  frame.view.runs.front().state = RunState::exited;
  EXPECT_EQ(cell(frame, "verdict"), "-");
}

TEST(RunColumns, OnANarrowTerminalWhatPsShowsGoesBeforeNameAndState) {
  Scene scene;
  scene.add_run("a").progress = moving_with({{"accuracy", 0.5}, {"validation_loss", 0.25}});
  const Frame frame = scene.frame();
  const std::vector<RunRow> rows = {{&frame, &frame.view.runs.front()}};
  const auto names = [&](std::size_t width) { return names_of(run_table(frame, rows, {.width = width}).columns); };
  EXPECT_EQ(names(0), (std::vector<std::string_view>{"name", "state", "pid", "elapsed_seconds", "cpu_percent",
                                                     "rss_bytes", "processes", "progress"}));
  EXPECT_EQ(names(200), names(0));
  EXPECT_EQ(names(40), (std::vector<std::string_view>{"name", "state", "progress"}));
  EXPECT_EQ(run_table(frame, rows, {.width = 200}).note, "");
  std::string whole;
  format::append_text(whole, make_table(run_table(frame, rows, {}).columns, rows), {.header = false});
  EXPECT_EQ(run_table(frame, rows, {.width = whole.size() - 1}).note, "") << "a line that just fits: " << whole;
  EXPECT_NE(run_table(frame, rows, {.width = whole.size() - 2}).note, "");
  EXPECT_EQ(run_table(frame, rows, {.width = 40}).note, "not shown on 40 columns: PROCS, PID, RSS, CPU%, AGE");
}

TEST(RunColumns, DriversAreAskedForTheColumnsOfGpusAlone) {
  EXPECT_TRUE(run_needs({}).gpus);
  EXPECT_TRUE(needs_of(run_columns()).gpus);
  constexpr std::string_view without_gpus[] = {"name", "state", "progress"};
  EXPECT_FALSE(needs_of(chosen(run_columns(), std::span<const std::string_view>(without_gpus))).gpus);
}

TEST(RunColumns, ARunThatIsOverIsTheOwnersOfItsRecord) {
  Scene scene;
  scene.add_run("a").state = RunState::exited;
  EXPECT_EQ(cell(scene.frame(), "user"), "-");
  SupervisedSample kept;
  kept.record.id = "a";
  kept.record.owner = 0;
  scene.snapshot.supervised.push_back(kept);
  EXPECT_EQ(cell(scene.frame(), "user"), "root");
}

TEST(RunColumns, UsersAndVerdictsAreThereWhenTheyAreAskedFor) {
  Scene scene;
  const Frame frame = scene.frame();
  const auto names = names_of(run_table(frame, {}, {.users = true, .verdicts = true}).columns);
  EXPECT_EQ(names[1], "user");
  EXPECT_EQ(names[names.size() - 3], "verdict");
}

TEST(RunColumns, CpuAndMemoryAreOfAllItsProcesses) {
  Scene scene;
  scene.add_run("a");
  EXPECT_EQ(cell(scene.frame(), "rss_bytes"), "-");
  for (const pid_t pid : {10, 11}) {
    scene.process(pid, 1, "python3").rss_bytes = 1 << 20;
    scene.join(Role::trainer);
  }
  EXPECT_EQ(cell(scene.frame(), "cpu_percent"), "-");
  scene.delta.processes[1].cpu_percent = 30.0;
  EXPECT_EQ(cell(scene.frame(), "cpu_percent"), "30.0");
  EXPECT_EQ(cell(scene.frame(), "rss_bytes"), "2.0M");
}

TEST(RunColumns, TheExitOfARunIsStructuredForPrograms) {
  Scene scene;
  scene.add_run("a").exit = ExitRecord{.kind = ExitRecord::Kind::signal, .value = 9, .reason = ""};
  const Frame frame = scene.frame();
  EXPECT_EQ(as_json(run_columns(), RunRow{&frame, &frame.view.runs.front()}, "exit"),
            R"({"code": null, "signal": 9, "out_of_memory": false, "reason": "killed by SIGKILL", "time": null})");
}

TEST(RunColumns, WhatIsNotThereIsNull) {
  Scene scene;
  scene.add_run("a");
  const Frame frame = scene.frame();
  const RunRow row{&frame, &frame.view.runs.front()};
  for (const char* name : {"exit", "progress", "gpus", "pid", "queued_for", "cgroup", "cgroup_reason"})
    EXPECT_EQ(as_json(run_columns(), row, name), "null") << name;
}

TEST(RunColumns, TextsOfARunAreItsOwn) {
  Scene scene;
  vigie::Run& run = scene.add_run("a");
  run.id = "4f";
  run.command = "python3 train.py";
  run.leader = {10, 1};
  run.attempt = 2;
  run.waits_for = "run b";
  run.group = {.directory = "/sys/fs/cgroup/x", .reason = "none"};
  run.exit = ExitRecord{.kind = ExitRecord::Kind::code, .value = 1, .wall_ns = now, .reason = ""};
  const Frame frame = scene.frame();
  EXPECT_EQ(cell(frame, "id"), "4f");
  EXPECT_EQ(cell(frame, "command"), "python3 train.py");
  EXPECT_EQ(cell(frame, "pid"), "10");
  EXPECT_EQ(cell(frame, "attempt"), "2");
  EXPECT_EQ(cell(frame, "queued_for"), "run b");
  EXPECT_EQ(cell(frame, "cgroup"), "/sys/fs/cgroup/x");
  EXPECT_EQ(cell(frame, "cgroup_reason"), "none");
  EXPECT_EQ(cell(frame, "exit"), "exit code 1");
  EXPECT_TRUE(as_json(run_columns(), RunRow{&frame, &frame.view.runs.front()}, "exit")
                  .ends_with(R"("time": "1970-01-01T02:46:40.000Z"})"));
}

TEST(RunColumns, AStateThatWantsLookingAtIsPainted) {
  Scene scene;
  scene.add_run("a");
  const auto paint = [&](RunState state) {
    scene.view.runs[0].state = state;
    const Frame frame = scene.frame();
    return find_column(run_columns(), "state")->paint(RunRow{&frame, &frame.view.runs.front()});
  };
  for (const RunState bad : {RunState::failed, RunState::killed, RunState::lost}) EXPECT_EQ(paint(bad), Paint::bad);
  for (const RunState notable : {RunState::queued, RunState::paused, RunState::stopping, RunState::elsewhere})
    EXPECT_EQ(paint(notable), Paint::notable);
  for (const RunState good : {RunState::running, RunState::exited, RunState::cancelled})
    EXPECT_EQ(paint(good), Paint::none);
}

TEST(RunColumns, AVerdictIsPaintedAsItsFindingIs) {
  Scene scene;
  scene.add_run("a");
  const auto paint = [&](const char* subject, Severity severity) {
    Frame frame = scene.frame();
    Finding& finding = frame.findings.emplace_back();
    finding.subject = subject;
    finding.severity = severity;
    return find_column(run_columns(), "verdict")->paint(RunRow{&frame, &frame.view.runs.front()});
  };
  EXPECT_EQ(paint("a", Severity::critical), Paint::bad);
  EXPECT_EQ(paint("a", Severity::warning), Paint::notable);
  EXPECT_EQ(paint("a", Severity::info), Paint::none);
  EXPECT_EQ(paint("b", Severity::critical), Paint::none) << "another run's";
}

TEST(RunColumns, APromisedGpuIsToldFromOneThatIsUsed) {
  Scene scene;
  scene.add_run("a").gpus = {"GPU-a"};
  scene.process(10, 1, "python3");
  scene.join(Role::trainer);
  GpuSample promised, used;
  promised.uuid = "GPU-a";
  used.uuid = "GPU-b";
  used.index = 1;
  promised.clients = used.clients = std::vector<GpuClient>{{.pid = 10}};
  scene.snapshot.gpus = std::vector<GpuSample>{promised, used};
  const Frame frame = scene.frame();
  EXPECT_EQ(cell(frame, "gpus"), "0,1");
  EXPECT_EQ(as_json(run_columns(), RunRow{&frame, &frame.view.runs.front()}, "gpus"),
            R"([{"gpu": 0, "gpu_vendor": "nvidia", "gpu_uuid": "GPU-a", "promised": true}, )"
            R"({"gpu": 1, "gpu_vendor": "nvidia", "gpu_uuid": "GPU-b", "promised": false}])");
}

TEST(RunColumns, AMetricThatIsNoNumberIsWritten) {
  Scene scene;
  scene.add_run("a").progress = moving_with({{"loss", std::numeric_limits<double>::quiet_NaN()}, {"lr", 0.5}});
  const Frame frame = scene.frame();
  const std::string json = as_json(run_columns(), RunRow{&frame, &frame.view.runs.front()}, "progress");
  EXPECT_TRUE(json.contains(R"("metrics": {"loss": "nan", "lr": 0.5}})")) << json;
}

}  // namespace
}  // namespace vigie::views
