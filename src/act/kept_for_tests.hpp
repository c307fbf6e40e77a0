// For tests alone: runs that are really kept. The test program is the one that their keepers execute
// (keeping_test.cpp).
#pragma once

#include <gtest/gtest.h>

#include <csignal>
#include <string>

#include "act/host_for_tests.hpp"
#include "act/run_life.hpp"
#include "act/stop.hpp"
#include "wire/run_directory.hpp"

extern char** environ;

namespace vigie::act {

class Kept : public OwnState, public StopProgress {
 public:
  void waits(const Waiting& waiting) override { recorder_stops = waiting.kept; }
  void warns(const std::string& sentence) override { warnings += sentence; }

 protected:
  void TearDown() override {
    const Frame frame = acting_frame().value();
    for (std::size_t run = 0; run < frame.view.runs.size(); ++run) {
      if (!frame.view.runs[run].supervised) continue;
      (void)stop(frame, target_of_run(frame, run), {.kill = true}, *this).has_value();
      (void)wait_until_over(frame.view.runs[run].directory, -1).has_value();
    }
  }

  static RunRecord wanted(const std::string& shell_command) {
    RunRecord record;
    record.spec.command = {"/bin/sh", "-c", shell_command};
    record.spec.cwd = "/";
    for (char** entry = environ; *entry != nullptr; ++entry) record.spec.environment.emplace_back(*entry);
    return record;
  }
  static RunRecord start(const std::string& name, const std::string& shell_command) {
    Result<OpenRun> run = create_run(wanted(shell_command), name);
    EXPECT_TRUE(run) << run.error().message;
    const Result<bool> started = start_run(*run);
    EXPECT_TRUE(started) << started.error().message;
    return wire::read_record(run->record.directory).value();
  }
  static RunRecord start_and_end(const std::string& name, const std::string& shell_command) {
    return wait_for_end(start(name, shell_command)).value().record;
  }
  /// Kills its keepers, but not its processes.
  static void lose(const RunRecord& run) {
    wire::Keepers keepers = wire::keepers_of(run);
    while (keepers.recorder.pid == 0 || keepers.holder.pid == 0) keepers = wire::keepers_of(run);
    (void)control::send_signal(keepers.recorder, SIGSTOP).has_value();  // it must not see that the holder is gone
    for (const ProcessId keeper : {keepers.holder, keepers.recorder}) {
      (void)control::send_signal(keeper, SIGKILL).has_value();
      EXPECT_TRUE(ends(keeper));
    }
  }
  Result<Stopped> stop_run(const std::string& name, const StopWish& wish = {}) {
    const Frame frame = acting_frame().value();
    return stop(frame, named(frame, name), wish, *this);
  }

  bool recorder_stops = false;
  std::string warnings;
};

/// Goes on when its terminal is gone.
inline const std::string sleeps = "trap '' HUP; exec sleep 1000";
/// Takes a second to save its work.
inline const std::string saves = "trap 'sleep 1; exit 0' TERM; echo ready; while :; do sleep 0.05; done";

}  // namespace vigie::act
