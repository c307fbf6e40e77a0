#include "act/run_wish.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>

#include "base/test_directory.hpp"
#include "control/priority.hpp"

namespace vigie::act {
namespace {

RunWish shell() {
  RunWish wish;
  wish.cwd = "/";
  wish.command = {"/bin/sh", "-c", "true"};
  return wish;
}

ErrorKind kind_of_refusal(const RunWish& wish) {
  const Result<RunSpec> spec = spec_of(wish);
  EXPECT_FALSE(spec);
  return spec ? ErrorKind::failed : spec.error().kind;
}

TEST(RunWish, HasVigiesOwnValuesWhereNothingIsAsked) {
  const Result<RunSpec> spec = spec_of(shell());
  ASSERT_TRUE(spec) << spec.error().message;
  EXPECT_EQ(spec->stop_signal, SIGTERM);
  EXPECT_EQ(spec->grace_seconds, 30);
  EXPECT_EQ(spec->log_max_bytes, 1U << 30);
  EXPECT_TRUE(spec->pty);
  EXPECT_TRUE(spec->start.own_group);
}

TEST(RunWish, AVariableTakesThePlaceOfTheCallersOwn) {
  ::setenv("RUN_WISH_TEST", "old", 1);
  RunWish wish = shell();
  wish.environment = {"RUN_WISH_TEST=new", "RUN_WISH_TEST_2=a=b"};
  const std::vector<std::string> environment = spec_of(wish)->environment;
  ::unsetenv("RUN_WISH_TEST");
  EXPECT_EQ(std::ranges::count(environment, "RUN_WISH_TEST=new"), 1);
  EXPECT_EQ(std::ranges::count(environment, "RUN_WISH_TEST=old"), 0);
  EXPECT_EQ(std::ranges::count(environment, "RUN_WISH_TEST_2=a=b"), 1);
  for (const char* entry : {"NAME", "=value"}) {
    wish.environment = {entry};
    EXPECT_EQ(kind_of_refusal(wish), ErrorKind::usage) << entry;
  }
}

TEST(RunWish, WhatMakesNoSenseIsRefusedBeforeAnythingIsMade) {
  const auto refused = [](const auto& change) {
    RunWish wish = shell();
    change(wish);
    return kind_of_refusal(wish) == ErrorKind::usage;
  };
  EXPECT_TRUE(refused([](RunWish& wish) { wish.log_max = "1023K"; }));
  EXPECT_TRUE(refused([](RunWish& wish) { wish.stop_signal = "NONE"; }));
  EXPECT_TRUE(refused([](RunWish& wish) { wish.grace = "soon"; }));
  EXPECT_TRUE(refused([](RunWish& wish) { wish.cpus = "3-1"; }));
  EXPECT_TRUE(refused([](RunWish& wish) { wish.memory = "0"; }));
  EXPECT_TRUE(refused([](RunWish& wish) { wish.progress = "(?<step>"; }));
  EXPECT_TRUE(refused([](RunWish& wish) { wish.policy.max_parallel = 0; }));
}

TEST(RunWish, WhatItsProcessesBeginWithIsReadFromWords) {
  RunWish wish = shell();
  wish.nice = 5;
  wish.ionice = "idle";
  wish.memory = "64M";
  wish.cpus = "0";
  wish.terminal = wire::TerminalSize{.rows = 31, .columns = 97};
  wish.no_pty = wish.no_cgroup = true;
  const Result<RunSpec> spec = spec_of(wish);
  ASSERT_TRUE(spec) << spec.error().message;
  EXPECT_EQ(spec->start.nice, 5);
  EXPECT_EQ(spec->start.io_priority, *control::parse_io_priority("idle"));
  EXPECT_EQ(spec->start.memory_bytes, 64U << 20);
  EXPECT_EQ(spec->start.cpus, "0");
  EXPECT_EQ(spec->start.terminal_rows, 31);
  EXPECT_EQ(spec->start.terminal_columns, 97);
  EXPECT_FALSE(spec->pty);
  EXPECT_FALSE(spec->start.own_group);
  wish.ionice = "slow";
  EXPECT_EQ(kind_of_refusal(wish), ErrorKind::usage);
}

TEST(RunWish, ItsDirectoryMustBeOne) {
  RunWish wish = shell();
  wish.cwd = "/etc/passwd";
  EXPECT_FALSE(spec_of(wish));
  wish.cwd = "/usr/../usr";
  EXPECT_EQ(spec_of(wish)->cwd, "/usr");
}

TEST(PolicyWish, RestartIsReadWithItsLimit) {
  const auto restart = [](const char* text) { return policy_of({.restart = text}); };
  EXPECT_EQ(restart("no")->restart.when, RestartPolicy::When::no);
  EXPECT_EQ(restart("on-failure:3")->restart.limit, 3U);
  EXPECT_EQ(restart("always")->restart.when, RestartPolicy::When::always);
  for (const char* text : {"", "no:3", "on-failure:0", "on-failure:x", "sometimes"})
    EXPECT_EQ(restart(text).error().kind, ErrorKind::usage) << text;
}

TEST(PolicyWish, AnEarlySignalComesWithinTheTimeLimit) {
  const Result<RunPolicy> policy = policy_of({.time_limit = "12h", .notify_signal = "USR1@2m"});
  ASSERT_TRUE(policy);
  EXPECT_EQ(policy->early_signal->signal, SIGUSR1);
  EXPECT_EQ(policy->early_signal->before_seconds, 120);
  EXPECT_EQ(policy_of({.notify_signal = "USR1@2m"}).error().kind, ErrorKind::usage);
  EXPECT_EQ(policy_of({.time_limit = "2m", .notify_signal = "USR1@2m"}).error().kind, ErrorKind::usage);
  EXPECT_EQ(policy_of({.time_limit = "2m", .notify_signal = "USR1"}).error().kind, ErrorKind::usage);
}

TEST(PolicyWish, ARunThatIsNotThereIsNotWaitedFor) {
  const TestDirectory state;
  ::setenv("XDG_STATE_HOME", state.path().c_str(), 1);
  EXPECT_EQ(policy_of({.after = {"nosuch"}}).error().kind, ErrorKind::no_target);
}

TEST(PolicyWish, ARunMayWaitForOthersAndForAPlaceAmongThem) {
  EXPECT_EQ(policy_of({.max_parallel = 3})->queue.max_parallel, 3U);
  EXPECT_EQ(policy_of({.backoff = "2m"})->restart.backoff_seconds, 120);
  EXPECT_EQ(policy_of({.backoff = "soon"}).error().kind, ErrorKind::usage);
}

}  // namespace
}  // namespace vigie::act
