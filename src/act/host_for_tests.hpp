// For tests alone: a host made by hand, and real processes that do as a test tells them.
#pragma once

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "act/acting.hpp"
#include "base/boot.hpp"
#include "base/test_directory.hpp"
#include "control/process.hpp"
#include "model/frame.hpp"

namespace vigie::act {

template <class T>
std::string message(const Result<T>& result) {
  return result ? "it was done" : result.error().message;
}

/// PIDs that this kernel gives to no process: an action on them by mistake hits none.
inline constexpr pid_t never_a_pid = 5'000'000;
inline constexpr pid_t first = never_a_pid;  ///< of a made host

/// Processes and runs, without any of the kernel's.
class MadeHost {
 public:
  MadeHost() {
    snapshot_.before =
        snapshot_.after = {.boot_ns = 100 * nanoseconds_per_second, .wall_ns = 1000 * nanoseconds_per_second};
    snapshot_.observer = ::getpid();
    add(1, 0, "init");
  }

  /// To be called in the order of the PIDs. `command` is one line, its words separated by spaces.
  std::size_t add(pid_t pid, pid_t parent, std::string command) {
    ProcessSample process;
    process.id = {pid, 1000};
    process.ppid = parent;
    process.state = 'S';
    process.threads = 1;
    process.uid = ::geteuid();
    process.comm = command.substr(0, std::min<std::size_t>(command.find(' '), 15));
    std::ranges::replace(command, ' ', '\0');
    process.cmdline = command + '\0';
    snapshot_.processes.push_back(std::move(process));
    frame_.view.run_of.push_back(-1);
    frame_.view.member_of.push_back(-1);
    return snapshot_.processes.size() - 1;
  }

  /// A run that vigie did not start, with these processes, the main one first.
  std::size_t observe(const std::string& name, std::initializer_list<std::size_t> processes) {
    Run run;
    run.name = name;
    run.id = "p" + name;
    for (const std::size_t index : processes) {
      frame_.view.run_of[index] = static_cast<int>(frame_.view.runs.size());
      frame_.view.member_of[index] = static_cast<int>(run.members.size());
      run.members.push_back({.process = index});
    }
    if (processes.size() > 0) run.leader = snapshot_.processes[*processes.begin()].id;
    frame_.view.runs.push_back(std::move(run));
    return frame_.view.runs.size() - 1;
  }

  /// A run that vigie keeps; with its record.
  std::size_t keep(const std::string& name, std::initializer_list<std::size_t> processes,
                   RunState state = RunState::running) {
    const std::size_t index = observe(name, processes);
    Run& run = frame_.view.runs[index];
    run.id = "id" + name;
    run.supervised = true;
    run.state = state;
    SupervisedSample kept;
    kept.record.id = run.id;
    kept.record.name = name;
    kept.record.state = state;
    kept.record.leader = run.leader;
    kept.record.place = this_process_space();
    kept.record.owner = ::geteuid();
    kept.record.directory = "/nowhere/" + run.id;
    snapshot_.supervised.push_back(std::move(kept));
    return index;
  }

  ProcessSample& process(std::size_t index) { return snapshot_.processes[index]; }
  Run& run(std::size_t index) { return frame_.view.runs[index]; }
  RunRecord& record(std::size_t index) { return snapshot_.supervised[index].record; }
  Snapshot& snapshot() { return snapshot_; }

  /// As it is now.
  [[nodiscard]] Frame frame() const {
    Frame frame = frame_;
    frame.snapshot = std::make_shared<const Snapshot>(snapshot_);
    return frame;
  }

 private:
  Snapshot snapshot_;
  Frame frame_;
};

/// The target that `text` names in a frame; the test fails when there is none.
inline Target named(const Frame& frame, const std::string& text) {
  const Result<std::vector<Target>> targets = resolve_targets(frame, text, Naming::exact);
  EXPECT_TRUE(targets) << text;
  return targets ? targets->front() : Target{};
}

/// A process that does `work` in a session of its own. It is no child of the test: processes below vigie itself are in
/// no tree. The test goes on once the process calls the function that it is given.
class Process {
 public:
  using Ready = std::function<void()>;

  explicit Process(const std::function<void(const Ready&)>& work = idle) {
    constexpr unsigned longest_seconds = 300;  // should the test not live to end it
    int ends[2];
    EXPECT_EQ(::pipe(ends), 0);
    const pid_t between = ::fork();
    if (between == 0) {
      if (::fork() != 0) ::_exit(0);
      ::setsid();
      ::alarm(longest_seconds);
      work([&] {
        const pid_t self = ::getpid();  // a process that it forked may be the one that is meant
        (void)!::write(ends[1], &self, sizeof self);
      });
      ::_exit(0);
    }
    pid_t pid = 0;
    EXPECT_EQ(::waitpid(between, nullptr, 0), between);
    EXPECT_EQ(::read(ends[0], &pid, sizeof pid), static_cast<ssize_t>(sizeof pid));
    ::close(ends[0]);
    ::close(ends[1]);
    if (pid > 0) id_ = control::identify(pid).value_or(ProcessId{});
  }
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;
  ~Process() { (void)control::send_signal(id_, SIGKILL).has_value(); }

  static void idle(const Ready& ready) {
    ready();
    while (true) ::pause();
  }
  /// It survives this signal.
  static std::function<void(const Ready&)> ignoring(int signal) {
    return [signal](const Ready& ready) {
      std::signal(signal, SIG_IGN);
      idle(ready);
    };
  }

  [[nodiscard]] pid_t pid() const { return id_.pid; }
  [[nodiscard]] ProcessId id() const { return id_; }
  [[nodiscard]] std::string text() const { return std::to_string(id_.pid); }
  [[nodiscard]] bool alive() const { return control::why_it_survives(id_) == "still there"; }

 private:
  ProcessId id_;
};

/// Whether it has ended, within a time that is long for a process which is about to.
inline bool ends(ProcessId id) {
  constexpr double patience_seconds = 30;
  const Result<Fd> there = control::open_process(id);
  return !there || control::wait_for_end(*there, patience_seconds);
}

/// The target that a real process is, in a frame of the moment.
struct Found {
  explicit Found(const Process& process) : frame(acting_frame().value()), target(named(frame, process.text())) {}

  Frame frame;
  Target target;
};

/// Tests that look at this host, on which this user has no runs but those of the test.
class OwnState : public testing::Test {
 protected:
  OwnState() { ::setenv("XDG_STATE_HOME", directory.path().c_str(), 1); }

  const TestDirectory directory;
};

}  // namespace vigie::act
