#include "views/forest.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include <fmt/format.h>

namespace vigie::views {
namespace {

constexpr int max_indented = 60;

}  // namespace

Forest::Forest(const Frame& frame, std::vector<std::size_t> processes) : frame_(frame) {
  if (processes.empty()) return;
  const auto& all = frame.snapshot->processes;
  const std::size_t first = processes.front();
  std::ranges::sort(processes);
  std::unordered_map<pid_t, std::size_t> by_pid;
  for (const std::size_t index : processes) by_pid.emplace(all[index].id.pid, index);
  for (const std::size_t index : processes) {
    const auto parent = by_pid.find(all[index].ppid);
    if (parent == by_pid.end()) {
      roots_.push_back(index);
    } else {
      children_[parent->second].push_back(index);
    }
  }
  std::vector<bool> reached(all.size());
  for (const std::size_t root : roots_) reach(root, reached);
  const auto stand_for_root = [&](std::size_t index) {
    if (reached[index]) return;
    std::erase(children_[by_pid.at(all[index].ppid)], index);
    roots_.push_back(index);
    reach(index, reached);
  };
  stand_for_root(first);
  std::ranges::for_each(processes, stand_for_root);
}

void Forest::reach(std::size_t root, std::vector<bool>& reached) const {
  std::vector<std::size_t> open{root};
  reached[root] = true;
  while (!open.empty()) {
    const auto children = children_.find(open.back());
    open.pop_back();
    if (children == children_.end()) continue;
    for (const std::size_t child : children->second) {
      if (!reached[child]) open.push_back(child);
      reached[child] = true;
    }
  }
}

void Forest::append_rows(std::vector<ProcessRow>& rows, bool under_head) const {
  // A stack of its own: a chain of forks may be tens of thousands deep.
  struct Step {
    std::size_t index;
    int depth;
    std::string indent;
    bool last;
  };
  std::vector<Step> stack;
  for (std::size_t at = roots_.size(); at-- > 0;) stack.push_back({roots_[at], 0, "", at + 1 == roots_.size()});
  while (!stack.empty()) {
    Step step = std::move(stack.back());
    stack.pop_back();
    const bool branch = under_head || step.depth > 0;
    const std::string knee = step.last ? "└─ " : "├─ ";
    rows.push_back({.frame = &frame_,
                    .index = step.index,
                    .folded = {},
                    .depth = step.depth,
                    .branch = branch ? step.indent + knee : std::string()});
    const auto children = children_.find(step.index);
    if (children == children_.end()) continue;
    std::string indent = branch ? step.indent + (step.last ? "   " : "│  ") : std::string();
    if (step.depth > max_indented) indent = step.indent;
    for (std::size_t at = children->second.size(); at-- > 0;) {
      stack.push_back({children->second[at], step.depth + 1, indent, at + 1 == children->second.size()});
    }
  }
}

void append_run(std::vector<ProcessRow>& rows, const Frame& frame, std::size_t index, bool people) {
  const Run& run = frame.view.runs[index];
  std::vector<std::size_t> processes;
  for (const Member& member : run.members) processes.push_back(member.process);
  if (people) {
    const std::string head = fmt::format("{} ({}, {} process{})", run.name, name_of(run.state), processes.size(),
                                         processes.size() == 1 ? "" : "es");
    rows.push_back({.frame = &frame, .index = 0, .branch = head, .head = true});
  }
  Forest(frame, std::move(processes)).append_rows(rows, people);
}

std::vector<std::size_t> with_descendants(const Snapshot& snapshot, std::size_t root) {
  std::unordered_map<pid_t, std::vector<std::size_t>> children;
  for (std::size_t index = 0; index < snapshot.processes.size(); ++index) {
    children[snapshot.processes[index].ppid].push_back(index);
  }
  std::vector<std::size_t> found = {root};
  std::vector<bool> seen(snapshot.processes.size());
  seen[root] = true;
  for (std::size_t at = 0; at < found.size(); ++at) {
    for (const std::size_t child : children[snapshot.processes[found[at]].id.pid]) {
      if (!seen[child]) found.push_back(child);
      seen[child] = true;
    }
  }
  return found;
}

}  // namespace vigie::views
