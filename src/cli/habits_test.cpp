#include "cli/habits.hpp"

#include <gtest/gtest.h>

#include <sstream>

namespace vigie::cli {
namespace {

std::string typed(const std::string& line) {
  std::istringstream words(line);
  std::vector<std::string> list;
  for (std::string word; words >> word;) list.push_back(word);
  std::string own;
  for (const std::string& word : in_own_words(std::move(list))) own += (own.empty() ? "" : " ") + word;
  return own;
}

TEST(Habits, HelpOfACommand) {
  EXPECT_EQ(typed("help"), "--help");
  EXPECT_EQ(typed("help run"), "run --help");
}

TEST(Habits, SignalsStandBeforeWhatTheyAreSentTo) {
  EXPECT_EQ(typed("kill -9 a b"), "kill a b");
  EXPECT_EQ(typed("kill -KILL --yes 12"), "kill --yes 12");
  EXPECT_EQ(typed("kill -s SIGKILL a"), "kill a");
  EXPECT_EQ(typed("kill -USR1 a"), "signal USR1 a");
  EXPECT_EQ(typed("kill -15 a"), "signal 15 a");
  EXPECT_EQ(typed("kill --signal=TERM a"), "signal TERM a");
  EXPECT_EQ(typed("kill --dry-run a"), "kill --dry-run a");
  EXPECT_EQ(typed("signal -USR1 a"), "signal USR1 a");
  EXPECT_EQ(typed("renice -n -5 -p 12 --yes"), "renice --yes -- -5 12");
  EXPECT_EQ(typed("renice 5 a"), "renice 5 a");
}

TEST(Habits, ProcessesAsProcpsIsAsked) {
  const std::string user =
      "user,pid,cpu_percent,mem_percent,virtual_bytes,rss_bytes,tty,state,start_time,cpu_seconds,command";
  EXPECT_EQ(typed("ps aux"), "ps -a -o " + user);
  EXPECT_EQ(typed("ps -aux"), "ps -a -o " + user);
  EXPECT_EQ(typed("ps aux --sort=-rss"), "ps -a -o " + user + " --sort=-rss");
  EXPECT_EQ(typed("ps -ef"), "ps -a -o user,pid,ppid,cpu_percent,start_time,tty,cpu_seconds,command");
  EXPECT_EQ(typed("ps -eo pid,comm"), "ps -a -o pid,comm");
  EXPECT_EQ(typed("ps -eopid,comm"), "ps -a -o pid,comm");
  EXPECT_EQ(typed("ps axo pid=,comm="), "ps -a --no-header -o pid,comm");
  EXPECT_EQ(typed("ps -e -o pid -o comm:20"), "ps -a -o pid -o comm");
  EXPECT_EQ(typed("ps -o pid,comm 1"), "ps -o pid,comm 1");
  EXPECT_EQ(typed("ps -p 1 -o pid"), "ps -o pid 1");
  EXPECT_EQ(typed("ps -eLf"), "ps -a --threads -o user,pid,ppid,cpu_percent,start_time,tty,cpu_seconds,command");
  EXPECT_EQ(typed("ps -C nginx"), "ps --exact nginx");
  EXPECT_EQ(typed("ps -fu root"), "ps -o user,pid,ppid,cpu_percent,start_time,tty,cpu_seconds,command -u root");
}

TEST(Habits, WhatIsVigiesOwnStaysAsItIs) {
  for (const char* line :
       {"ps", "ps resnet", "ps a", "ps -a", "ps -u root", "ps -a --sort -rss_bytes -n 10", "ps -n 5",
        "ps --threads 4711", "ps --ended -w", "ps -a -w 5", "run -- ps aux", "run -- kill -9 1", "ps -h"})
    EXPECT_EQ(typed(std::string(line)), line);
}

TEST(Habits, ATargetIsNotTakenForSeconds) {
  EXPECT_EQ(typed("why -w resnet"), "why --watch=2 resnet");
  EXPECT_EQ(typed("ls -w 5"), "ls -w 5");
  EXPECT_EQ(typed("ps -w 500ms resnet"), "ps -w 500ms resnet");
}

TEST(Habits, CommandsOfOthersHaveACounterpart) {
  EXPECT_NE(instead_of_command("htop").find("vigie top"), std::string_view::npos);
  EXPECT_EQ(instead_of_command("ls"), "");
}

}  // namespace
}  // namespace vigie::cli
