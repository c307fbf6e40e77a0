#include "shim/stopper.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/clock.hpp"
#include "control/process.hpp"
#include "wire/run_directory.hpp"

namespace vigie::shim {
namespace {

constexpr double kill_seconds = 3;        ///< for one attempt; meanwhile nobody reads the terminal
constexpr double retry_kill_seconds = 5;  ///< what survived may be about to end
constexpr double look_seconds = 0.5;
constexpr std::size_t most_actions = 200;

std::int64_t to_ns(double seconds) {
  return static_cast<std::int64_t>(seconds * nanoseconds_per_second);
}

}  // namespace

void Stopper::begin(const Fd& leader) {
  tree_.emplace(record_);
  start_waiting();
  // The main process alone first: it tells its workers itself, and signals to all ranks at once have hung GPUs.
  if (leader && !record_.exit && control::send_signal(leader, record_.stop->signal)) {
    tree_->let_stopped_go_on();  // a paused run could not act on the signal
  }
}

void Stopper::take_up() {
  if (!record_.stop || is_over(record_.state)) return;
  tree_.emplace(record_);
  start_waiting();
}

void Stopper::start_waiting() {
  const std::int64_t begin = now().boot_ns;
  killed_ = false;
  kill_at_ns_.reset();
  watch_.reset();
  look_at_ns_.reset();
  if (record_.stop->grace_seconds >= 0) kill_at_ns_ = begin + to_ns(record_.stop->grace_seconds);
  if (record_.stop->wait_checkpoint.empty()) return;
  watch_.emplace(record_.stop->wait_checkpoint);
  look_at_ns_ = begin + to_ns(look_seconds);
}

std::optional<std::int64_t> Stopper::next_ns() const {
  if (!kill_at_ns_ || !look_at_ns_) return kill_at_ns_ ? kill_at_ns_ : look_at_ns_;
  return std::min(*kill_at_ns_, *look_at_ns_);
}

void Stopper::act() {
  const std::int64_t time = now().boot_ns;
  if (look_at_ns_ && time >= *look_at_ns_) {
    watch_->look(time);
    look_at_ns_ = time + to_ns(look_seconds);
  }
  if (!kill_at_ns_ || time < *kill_at_ns_) return;
  double& extended = record_.stop->report.extended_seconds;
  if (watch_ && watch_->growing(time) && extended < longest_extension_seconds) {
    extended += look_seconds;
    kill_at_ns_ = time + to_ns(look_seconds);
    return;
  }
  kill_all();
}

void Stopper::kill_all() {
  const std::int64_t time = now().boot_ns;
  if (watch_ && !killed_) record_.stop->report.checkpoint = watch_->changed(time);
  killed_ = true;
  look_at_ns_.reset();
  std::vector<StopAction> actions = tree_->kill(kill_seconds);
  const auto left = std::ranges::count_if(actions, [](const StopAction& one) { return one.result != "ended"; });
  (void)wire::append_event(record_.directory, "killed",
                           fmt::format("\"processes\": {}, \"left\": {}", actions.size(), left))
      .has_value();
  std::vector<StopAction>& known = record_.stop->report.actions;
  std::erase_if(known, [&](const StopAction& old) {
    return std::ranges::find(actions, old.pid, &StopAction::pid) != actions.end();
  });
  std::ranges::move(actions, std::back_inserter(known));
  if (known.size() > most_actions) known.resize(most_actions);
  (void)wire::write_record(record_).has_value();  // whoever waits for the end may not live to see it
  kill_at_ns_.reset();
  if (left > 0) kill_at_ns_ = now().boot_ns + to_ns(retry_kill_seconds);
}

void Stopper::finish() {
  if (!record_.stop || !tree_) return;
  if (watch_ && !killed_) {
    const std::int64_t time = now().boot_ns;
    watch_->look(time);
    record_.stop->report.checkpoint = watch_->changed(time);
    for (CheckpointFile& file : record_.stop->report.checkpoint) file.growing = false;  // nobody is left to write it
  }
  if (record_.stop->grace_seconds >= 0 && !tree_->find().processes.empty()) kill_all();
}

}  // namespace vigie::shim
