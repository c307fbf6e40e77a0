// Any bytes as who started whom: every walk over processes ends, and soon, whatever circles their parents, sessions and
// groups make.
#include <numeric>
#include <set>
#include <vector>

#include "control/family.hpp"
#include "control/tree.hpp"
#include "feed/frame_of.hpp"
#include "input.hpp"
#include "rules/judge.hpp"
#include "runs/ended.hpp"
#include "views/forest.hpp"

namespace {

using vigie::ProcessSample;
using vigie::Snapshot;

constexpr std::size_t bytes_each = 4;

/// A process for each four bytes: parent, session, group and what it is. The pids are 1, 2, 3...
std::shared_ptr<Snapshot> host_of(std::string_view bytes) {
  auto snapshot = std::make_shared<Snapshot>();
  snapshot->recorded = true;
  for (std::size_t at = 0; at + bytes_each <= bytes.size(); at += bytes_each) {
    const auto number = [&](std::size_t byte) { return static_cast<unsigned char>(bytes[at + byte]); };
    // Now and then one of the whole host instead of the first 256.
    const auto far = static_cast<pid_t>(number(3) % 16 == 0 ? bytes.size() / bytes_each - number(0) : number(0));
    ProcessSample& process = snapshot->processes.emplace_back();
    process.id = {.pid = static_cast<pid_t>(at / bytes_each + 1), .start_ticks = number(3)};
    process.ppid = far;
    process.session = number(1);
    process.process_group = number(2);
    process.state = number(3) % 32 == 1 ? 'Z' : 'S';
    process.comm = number(3) % 64 == 2 ? "vigie-keeper" : "python3";
    process.cmdline = std::string(number(3) % 2 == 0 ? "python3\0train.py\0" : "sh\0", number(3) % 2 == 0 ? 17 : 3);
    process.frameworks = number(3) % 2 == 0 ? vigie::Framework::torch : vigie::Framework::none;
    vigie::RunVariables variables;
    if (number(3) % 8 == 3) variables.vigie_run_id = "abc";
    process.variables = variables;
    if (number(3) % 8 == 4) snapshot->ended.push_back({.id = process.id, .ppid = process.ppid});
  }
  return snapshot;
}

void add_run(Snapshot& snapshot) {
  vigie::SupervisedSample sample;
  sample.record.id = sample.record.name = "abc";
  sample.record.state = vigie::RunState::running;
  sample.record.holder = snapshot.processes.front().id;
  sample.record.leader = snapshot.processes.back().id;
  sample.record.adopted = snapshot.processes.size() % 2 == 0;
  sample.holder_alive = true;
  snapshot.supervised.push_back(std::move(sample));
}

}  // namespace

FUZZ(bytes) {
  if (bytes.size() < bytes_each) return;
  const std::shared_ptr<Snapshot> snapshot = host_of(bytes);
  if (bytes.front() % 2 == 0) add_run(*snapshot);
  vigie::FeedOptions options;
  options.pace.look_hz = 10;
  const vigie::Frame frame = vigie::frame_of(snapshot, snapshot, options);
  (void)vigie::rules::judge(std::span(&frame, 1));
  (void)vigie::runs_of_ended(*snapshot, frame.view, vigie::ancestors_of_ended(*snapshot));

  std::vector<vigie::views::ProcessRow> rows;
  std::vector<std::size_t> every(snapshot->processes.size());
  std::iota(every.begin(), every.end(), std::size_t{0});
  vigie::views::Forest(frame, every).append_rows(rows, false);
  std::set<std::size_t> drawn;
  for (const vigie::views::ProcessRow& row : rows) drawn.insert(row.index);
  must(rows.size() == every.size() && drawn.size() == every.size());
  const std::size_t asked = static_cast<unsigned char>(bytes.back()) % every.size();
  rows.clear();
  vigie::views::Forest(frame, vigie::views::with_descendants(*snapshot, asked)).append_rows(rows, true);
  must(!rows.empty() && rows.front().index == asked);

  vigie::control::Family::Marks marks;
  marks.holder = snapshot->processes[asked].id.pid;
  marks.run_id = "abc";
  marks.never = {static_cast<pid_t>(asked / 2)};
  vigie::control::Family family(marks);
  const vigie::control::Tree tree = family.find(snapshot->processes);
  must(tree.processes.size() <= every.size());
  (void)vigie::control::refuse_unsafe(snapshot->processes, tree.processes).has_value();
}
