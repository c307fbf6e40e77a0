#include "keep/stop/stopper.hpp"

#include <algorithm>
#include <csignal>
#include <utility>

#include <fmt/format.h>

#include "base/clock.hpp"
#include "control/process.hpp"
#include "wire/run_directory.hpp"

namespace vigie::keep {
namespace {

constexpr double kill_seconds = 3;        ///< for one attempt; meanwhile the terminal is not read
constexpr double retry_kill_seconds = 5;  ///< survivors may be about to end
constexpr double least_pass_seconds = 0.1,
                 most_pass_seconds = 5;  ///< between looks for the process that gets the signal next
constexpr std::size_t most_told = 100, most_actions = 200;

}  // namespace

void Stopper::begin() {
  tree_.emplace(record_);
  start_waiting();
  follow_course();
  if (pass_at_ns_) pass_signal(began_ns_);
  tree_->let_stopped_go_on();  // a paused run could not act on the signal
}

void Stopper::join() {
  if (record_.stop->grace_seconds >= 0) grace_->renew(now().boot_ns, record_.stop->grace_seconds);
}

bool Stopper::nothing_left() {
  return !tree_ || tree_->find().is_gone();
}

void Stopper::take_up() {
  if (!record_.stop || is_over(record_.state)) return;
  tree_.emplace(record_);
  start_waiting();
  follow_course();
}

void Stopper::hasten() {
  if (pass_at_ns_) pass_at_ns_ = now().boot_ns;
}

/// What a killed recorder has noted is not noted again.
void Stopper::follow_course() {
  course_.reset();
  pass_at_ns_.reset();
  if (record_.stop->signal == SIGKILL || record_.stop->grace_seconds == 0) return;
  course_.emplace(record_.stop->signal, record_.leader);
  course_->hold_within_grace(began_ns_, record_.stop->grace_seconds);
  for (const control::Listener& process : tree_->listeners(record_.stop->signal)) {
    if (std::ranges::find(record_.stop->report.actions, process.id.pid, &StopAction::pid) !=
        record_.stop->report.actions.end())
      course_->note_told(process, began_ns_);
  }
  pass_at_ns_ = began_ns_;
}

void Stopper::pass_signal(std::int64_t boot_ns) {
  std::vector<StopAction>& rows = record_.stop->report.actions;
  const std::size_t before = rows.size();
  for (const control::Outcome& told : tree_->pass_on(*course_)) {
    if (told.result == "gone" || rows.size() >= most_told) continue;
    rows.push_back({.pid = told.id.pid,
                    .command = tree_->command_of(told.id),
                    .action = signal_action(record_.stop->signal),
                    .result = told.failed ? told.result : ""});
  }
  if (rows.size() > before) ignore_error(wire::write_record(record_));
  const double spent = static_cast<double>(boot_ns - began_ns_) / nanoseconds_per_second;
  pass_at_ns_ = boot_ns + to_nanoseconds(std::clamp(spent / 20, least_pass_seconds, most_pass_seconds));
}

void Stopper::start_waiting() {
  const StopRequest& stop = *record_.stop;
  began_ns_ = now().boot_ns;
  killed_ = false;
  grace_.emplace(began_ns_, stop.grace_seconds, stop.wait_checkpoint, stop.report.extended_seconds);
}

std::optional<std::int64_t> Stopper::next_ns() const {
  const std::optional<std::int64_t> grace = grace_ ? grace_->next_ns() : std::nullopt;
  if (grace && pass_at_ns_) return std::min(*grace, *pass_at_ns_);
  return grace ? grace : pass_at_ns_;
}

void Stopper::act() {
  const std::int64_t time = now().boot_ns;
  if (pass_at_ns_ && time >= *pass_at_ns_) pass_signal(time);
  const bool over = grace_ && grace_->over(time);
  if (grace_) record_.stop->report.extended_seconds = grace_->extended_seconds();
  if (over) kill_all();
}

/// Of those that got the signal.
void Stopper::note_results() {
  const control::Tree tree = tree_->find();
  if (tree.unseen) return;
  const std::vector<ProcessId>& left = tree.processes;
  for (StopAction& row : record_.stop->report.actions) {
    if (!row.result.empty()) continue;
    row.result = std::ranges::find(left, row.pid, &ProcessId::pid) == left.end() ? "ended" : "still there";
  }
}

void Stopper::kill_all() {
  if (!killed_) record_.stop->report.checkpoint = grace_->files(now().boot_ns);
  killed_ = true;
  grace_->close();
  pass_at_ns_.reset();
  note_results();
  std::vector<StopAction> actions = tree_->kill(kill_seconds);
  const auto left = std::ranges::count_if(actions, [](const StopAction& one) { return one.result != "ended"; });
  ignore_error(wire::append_event(record_.directory, "killed",
                                  fmt::format("\"processes\": {}, \"left\": {}", actions.size(), left)));
  std::vector<StopAction>& known = record_.stop->report.actions;
  std::erase_if(known, [&](const StopAction& old) {
    return old.action == "kill" && std::ranges::find(actions, old.pid, &StopAction::pid) != actions.end();
  });
  std::ranges::move(actions, std::back_inserter(known));
  if (known.size() > most_actions) known.resize(most_actions);
  ignore_error(wire::write_record(record_));  // the recorder may be killed before the end
  if (left > 0) grace_->renew(now().boot_ns, retry_kill_seconds);
}

void Stopper::finish() {
  if (!record_.stop || !tree_) return;
  note_results();
  if (!killed_) record_.stop->report.checkpoint = grace_->files_at_end(now().boot_ns);
  if (record_.stop->grace_seconds >= 0 && !tree_->find().processes.empty()) kill_all();
}

}  // namespace vigie::keep
