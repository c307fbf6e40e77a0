#include "act/program.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "act/host_for_tests.hpp"

namespace vigie::act {
namespace {

TEST(Programs, AFailureHasItsOutputAndItsErrorsInOneText) {
  const Result<std::string> text = all_output_of({"/bin/sh", "-c", "echo found; echo why >&2; exit 1"});
  ASSERT_TRUE(text);
  EXPECT_EQ(*text, "found\nwhy\n");
}

TEST(Programs, OneThatReadsIsNotWaitedForAndSignalsReachIt) {
  sigset_t blocked, before;
  ::sigemptyset(&blocked);
  ::sigaddset(&blocked, SIGTERM);
  ::pthread_sigmask(SIG_BLOCK, &blocked, &before);
  const Result<std::string> text = all_output_of({"/bin/sh", "-c", "cat; kill -TERM $$; echo it was blocked"});
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  ASSERT_TRUE(text);
  EXPECT_EQ(*text, "");
}

TEST(Programs, OneThatIsNotThereIsAnError) {
  EXPECT_FALSE(all_output_of({"/nowhere/program"}));
}

TEST(Programs, WhatCannotBeBecomeIsAnErrorAndThisProgramGoesOn) {
  EXPECT_EQ(message(become_program({"/nowhere/tmux", "attach"})),
            "cannot run /nowhere/tmux: No such file or directory");
}

TEST(Programs, OneOfADirectoryIsFoundThroughAbsolutePathsAlone) {
  const TestDirectory directory;
  std::ofstream(directory.path("tmux")) << "#!/bin/sh\nexit 9\n";
  std::filesystem::permissions(directory.path("tmux"), std::filesystem::perms::owner_all);
  const std::string before = std::getenv("PATH") != nullptr ? std::getenv("PATH") : "";
  ::setenv("PATH", "::.:/nowhere", 1);
  EXPECT_FALSE(run_program({"tmux"}, Output::none, directory.path())) << "the directory of a run may hold any program";
  ::setenv("PATH", ("/nowhere:" + directory.path()).c_str(), 1);
  EXPECT_EQ(*run_program({"tmux"}, Output::none, "/"), 9);
  EXPECT_EQ(*run_program({"./tmux"}, Output::none, directory.path()), 9) << "a path is meant as it is written";
  ::unsetenv("PATH");
  EXPECT_EQ(*run_program({"sh", "-c", "exit 4"}, Output::none, "/"), 4) << "without PATH it is looked for as usual";
  ::setenv("PATH", before.c_str(), 1);
}

}  // namespace
}  // namespace vigie::act
