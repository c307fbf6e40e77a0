#include "sources/proc/patient_walk.hpp"

#include <future>
#include <new>
#include <string>

#include <gtest/gtest.h>

namespace vigie::proc {
namespace {

using Walk = PatientWalk<std::string>;
using std::chrono::milliseconds;

const std::vector<pid_t> pids = {3, 5, 8, 13};

TEST(PatientWalk, TakesTheRowsInOrderAndLeavesOutWhoIsGone) {
  std::vector<std::string> rows = {"before"};
  const auto visit = [](pid_t pid, std::string& row) {
    row = std::to_string(pid);
    return pid != 5;
  };
  EXPECT_FALSE(Walk(milliseconds(10'000)).walk(pids, visit, rows));
  EXPECT_EQ(rows, (std::vector<std::string>{"before", "3", "8", "13"}));
}

TEST(PatientWalk, WhatEndsTheThreadIsTheCallers) {
  std::vector<std::string> rows;
  const auto visit = [](pid_t pid, std::string&) { return pid != 8 ? true : throw std::bad_alloc(); };
  EXPECT_THROW((void)Walk(milliseconds(10'000)).walk(pids, visit, rows), std::bad_alloc);
}

TEST(PatientWalk, NobodyToReadIsNoReasonToWait) {
  std::vector<std::string> rows;
  EXPECT_FALSE(Walk(milliseconds(10'000)).walk({}, [](pid_t, std::string&) { return true; }, rows));
  EXPECT_TRUE(rows.empty());
}

TEST(PatientWalk, NamesTheOneThatIsStuckAndKeepsWhatCameBefore) {
  std::promise<void> release;
  auto came_back = std::make_shared<std::promise<void>>();
  std::future<void> back = came_back->get_future();
  std::vector<std::string> rows;
  std::optional<Walk::Stuck> stuck;
  {
    const auto visit = [held = came_back, released = release.get_future().share()](pid_t pid, std::string& row) {
      if (pid == 8) {
        released.wait();
        held->set_value();
      }
      row = std::to_string(pid);
      return true;
    };
    stuck = Walk(milliseconds(50)).walk(pids, visit, rows);
  }
  ASSERT_TRUE(stuck);
  EXPECT_EQ(stuck->index, 2U);
  EXPECT_FALSE(stuck->thread.expired());
  EXPECT_EQ(rows, (std::vector<std::string>{"3", "5"}));
  release.set_value();
  back.wait();  // the thread that was left behind ends by itself, and touches nothing of ours
  EXPECT_EQ(rows, (std::vector<std::string>{"3", "5"}));
}

}  // namespace
}  // namespace vigie::proc
