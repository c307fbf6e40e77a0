#include "views/forest.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <numeric>

namespace vigie::views {
namespace {

/// A host with these {pid, parent}, ascending by pid.
Frame host(const std::vector<std::pair<pid_t, pid_t>>& processes) {
  Snapshot snapshot;
  for (const auto& [pid, ppid] : processes) {
    ProcessSample& process = snapshot.processes.emplace_back();
    process.id = {pid, 1};
    process.ppid = ppid;
  }
  Frame frame;
  frame.snapshot = std::make_shared<const Snapshot>(std::move(snapshot));
  return frame;
}

/// "1 .2 ..3": each pid after a dot for each process above it.
std::string drawn(const Frame& frame, const std::vector<std::size_t>& processes) {
  std::vector<ProcessRow> rows;
  Forest(frame, processes).append_rows(rows, false);
  std::string text;
  for (const ProcessRow& row : rows) {
    text += (text.empty() ? "" : " ") + std::string(static_cast<std::size_t>(row.depth), '.');
    text += std::to_string(frame.snapshot->processes[row.index].id.pid);
  }
  return text;
}

std::string drawn(const Frame& frame) {
  std::vector<std::size_t> all(frame.snapshot->processes.size());
  std::iota(all.begin(), all.end(), std::size_t{0});
  return drawn(frame, all);
}

TEST(Forest, ChildrenStandBelowTheirParents) {
  EXPECT_EQ(drawn(host({{1, 0}, {5, 1}, {6, 5}, {7, 1}, {9, 40}})), "1 .5 ..6 .7 9");
}

TEST(Forest, LinesLeadToChildrenAndFromTheHeadOfARunToItsProcesses) {
  const Frame frame = host({{1, 0}, {5, 1}, {6, 5}, {7, 1}, {9, 40}});
  const auto lines = [&](bool under_head) {
    std::vector<ProcessRow> rows;
    Forest(frame, {0, 1, 2, 3, 4}).append_rows(rows, under_head);
    std::string text;
    for (const ProcessRow& row : rows)
      text += row.branch + std::to_string(frame.snapshot->processes[row.index].id.pid) + "\n";
    return text;
  };
  EXPECT_EQ(lines(false), "1\n├─ 5\n│  └─ 6\n└─ 7\n9\n");
  EXPECT_EQ(lines(true), "├─ 1\n│  ├─ 5\n│  │  └─ 6\n│  └─ 7\n└─ 9\n");
}

TEST(Forest, ProcessesThatAreEachOthersParentsAreShownOnce) {
  EXPECT_EQ(drawn(host({{1, 0}, {5, 6}, {6, 5}, {7, 6}, {8, 8}, {9, 8}})), "1 5 .6 ..7 8 .9");
  EXPECT_EQ(drawn(host({{1, 2}, {2, 3}, {3, 2}})), "1 2 .3");
}

TEST(Forest, WhoWasAskedForStandsAboveTheOthersOfItsCircle) {
  const Frame frame = host({{5, 6}, {6, 5}, {7, 6}});
  EXPECT_EQ(drawn(frame, with_descendants(*frame.snapshot, 1)), "6 .5 .7");
}

TEST(Forest, AChainOfAHundredThousandIsDrawn) {
  std::vector<std::pair<pid_t, pid_t>> chain;
  for (pid_t pid = 1; pid <= 100'000; ++pid) chain.emplace_back(pid, pid == 1 ? 100'000 : pid - 1);
  const Frame frame = host(chain);
  std::vector<ProcessRow> rows;
  Forest(frame, with_descendants(*frame.snapshot, 0)).append_rows(rows, true);
  EXPECT_EQ(rows.size(), 100'000U);
  EXPECT_LT(std::ranges::max(rows, {}, [](const ProcessRow& row) { return row.branch.size(); }).branch.size(), 1000U);
}

}  // namespace
}  // namespace vigie::views
