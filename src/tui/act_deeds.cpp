#include "tui/act_deeds.hpp"

#include <sys/eventfd.h>

#include <algorithm>
#include <cmath>
#include <deque>
#include <iterator>
#include <map>
#include <mutex>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include "act/pause.hpp"
#include "act/priority.hpp"
#include "act/program.hpp"
#include "act/signal.hpp"
#include "act/stop.hpp"
#include "act/strangers.hpp"
#include "base/fd.hpp"
#include "base/units.hpp"

namespace vigie::tui {
namespace {

/// The progress of a stop is not shown here, and its end is told; but what is not killed yet is lost with the program.
class Course final : public act::StopProgress {
 public:
  explicit Course(const TellLoss& tell) : tell_(tell) {}
  void waits(const act::Waiting& waiting) override {
    const double left = std::max(waiting.grace_seconds - waiting.waited_seconds, 0.0);
    tell_(waiting.kept ? std::string()
                       : fmt::format("the stop of {}: what is left in {} would not be killed", waiting.label,
                                     human_duration(std::ceil(left))));
  }
  void warns(const std::string&) override {}

 private:
  const TellLoss& tell_;
};

struct Aim {
  Frame frame;
  std::vector<act::Target> targets;
};

/// The one process with that start time: a PID that was used again is another process.
Result<act::Target> target_of(const Frame& frame, ProcessId id) {
  if (frame.snapshot->find(id) == nullptr)
    return fail(fmt::format("process {} has ended meanwhile", id.pid), ErrorKind::no_target);
  ASSIGN_OR_RETURN(std::vector<act::Target> targets,
                   act::resolve_targets(frame, std::to_string(id.pid), act::Naming::exact));
  return targets.front();
}

Result<act::Target> target_of(const Frame& frame, const RowKey& row) {
  if (row.kind == RowKey::Kind::process) return target_of(frame, row.process);
  const auto run = std::ranges::find(frame.view.runs, row.name, &Run::id);
  if (run == frame.view.runs.end()) return fail("the run is gone", ErrorKind::no_target);
  return act::target_of_run(frame, static_cast<std::size_t>(run - frame.view.runs.begin()));
}

/// The same checks as the commands have. The screen asks the user itself, with all of this in the question.
Result<Aim> take_aim(const Order& order) {
  ASSIGN_OR_RETURN(Frame frame, act::acting_frame());
  Aim aim{.frame = std::move(frame), .targets = {}};
  for (const RowKey& row : order.rows) {
    ASSIGN_OR_RETURN(act::Target target, target_of(aim.frame, row));
    if (order.deed == Deed::stop) act::mean_the_run(aim.frame, target);
    aim.targets.push_back(std::move(target));
  }
  act::leave_each_once(aim.targets);
  RETURN_IF_ERROR(act::refuse_untouchable(aim.frame, aim.targets, kind_of(order.deed).verb));
  return aim;
}

act::Act simple_act(const char* name, Result<act::Paused> (*go)(const Frame&, const act::Target&)) {
  return {.verb = {.verb = name, .action = name},
          .perform = [go](const Frame& frame, const act::Target& target) -> Result<act::Acted> {
            ASSIGN_OR_RETURN(act::Paused paused, go(frame, target));
            return paused;
          }};
}

/// What it is to be of this target, by the nice value that its first process has.
int nice_of(const Frame& frame, const act::Target& target, const Order& order) {
  if (!order.relative || target.processes.empty()) return order.value;
  return std::clamp(frame.snapshot->processes[target.processes.front()].nice + order.value, -20, 19);
}

act::Act act_of(const Frame& frame, const act::Target& target, const Order& order) {
  switch (order.deed) {
    case Deed::signal: return act::send_signal({.signal = order.value});
    case Deed::renice: return act::renice(nice_of(frame, target, order));
    case Deed::ionice: return act::ionice(order.value);
    case Deed::resume: return simple_act("resume", act::resume);
    case Deed::pause:
    case Deed::stop: break;
  }
  return simple_act("pause", act::pause);
}

Result<act::Acted> planned(const Aim& aim, const act::Target& target, const Order& order) {
  if (order.deed == Deed::stop) return act::plan_stop(aim.frame, target, {});
  return act::plan_of(aim.frame, target, act_of(aim.frame, target, order).verb);
}

/// "signal TERM", "kill if it is left after 30 s".
std::string words_of(const act::ActionRow& row) {
  constexpr std::string_view always = "would be done";
  return row.action + (row.result.starts_with(always) ? row.result.substr(always.size()) : ": " + row.result);
}

/// A run that is started again has its name and its id, but is led by another process.
std::vector<ProcessId> leaders_of(const Aim& aim) {
  std::vector<ProcessId> leaders;
  for (const act::Target& target : aim.targets) {
    leaders.push_back(target.run ? aim.frame.view.runs[*target.run].leader
                                 : aim.frame.snapshot->processes[target.processes.front()].id);
  }
  return leaders;
}

Result<Plan> plan_for(const Order& order) {
  ASSIGN_OR_RETURN(const Aim aim, take_aim(order));
  Plan plan{.lines = {}, .possible = true, .leaders = leaders_of(aim)};
  for (const act::Stranger& stranger : act::strangers_among(aim.frame, aim.targets))
    plan.lines.push_back((stranger.foreign ? "another user's: " : "not started by vigie: ") + stranger.description);
  for (const act::Target& target : aim.targets) {
    ASSIGN_OR_RETURN(const act::Acted acted, planned(aim, target, order));
    for (const act::ActionRow& row : acted.rows)
      plan.lines.push_back(fmt::format("{:>8}  {}  {}", row.id.pid, words_of(row), row.command));
    plan.lines.insert(plan.lines.end(), acted.remarks.begin(), acted.remarks.end());
  }
  return plan;
}

/// "stop resnet: exit code 0", "renice process 12 (python3): done to 3 processes".
Result<std::string> stopped(const Aim& aim, const TellLoss& tell) {
  Course course(tell);
  std::string text;
  for (const Result<act::Stopped>& one : act::stop_all(aim.frame, aim.targets, {}, course)) {
    RETURN_IF_ERROR(one);
    text += fmt::format("{}{}: {}", text.empty() ? "" : "; ", one->label, one->ended.empty() ? "stopped" : one->ended);
    if (!one->left.empty()) text += fmt::format(", {} processes are left", one->left.size());
  }
  return text;
}

Result<std::string> done(const Order& order, const TellLoss& tell) {
  ASSIGN_OR_RETURN(const Aim aim, take_aim(order));
  if (leaders_of(aim) != order.leaders) {
    return fail(fmt::format("nothing was done: {} has ended or started again meanwhile", act::labels_of(aim.targets)));
  }
  if (order.deed == Deed::stop) return stopped(aim, tell);
  std::size_t rows = 0;
  std::string failure;
  for (const act::Target& target : aim.targets) {
    ASSIGN_OR_RETURN(const act::Acted acted, act::act_on(aim.frame, target, act_of(aim.frame, target, order)));
    rows += acted.rows.size();
    for (const act::ActionRow& row : acted.rows) {
      if (acted.failed && failure.empty()) failure = fmt::format("process {}: {}", row.id.pid, row.result);
    }
  }
  if (!failure.empty()) return fail(failure);
  return fmt::format("{} {}: {} process{}", describe(order), act::labels_of(aim.targets), rows, rows == 1 ? "" : "es");
}

}  // namespace

struct ActDeeds::Shared {
  void answer(Answer answer) {
    answers.push_back(std::move(answer));
    ::eventfd_write(bell.get(), 1);
  }

  std::mutex mutex;
  Fd bell = Fd(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
  std::uint64_t looked = 0;  // the answer to an older question is of no interest
  std::uint64_t acted = 0;
  std::map<std::uint64_t, std::string> losses;  // of what is under way
  std::deque<Answer> answers;
};

ActDeeds::ActDeeds() : shared_(std::make_shared<Shared>()) {}

int ActDeeds::fd() const {
  return shared_->bell.get();
}

void ActDeeds::plan(const Order& order) {
  look([order] {
    Result<Plan> plan = plan_for(order);
    return Answer{.plan = plan ? std::move(*plan) : Plan{.lines = {plan.error().message}, .possible = false}};
  });
}

void ActDeeds::perform(const Order& order) {
  act("what was just asked for: " + describe(order), [order](const TellLoss& tell) {
    const Result<std::string> outcome = done(order, tell);
    return Answer{.outcome = outcome ? *outcome : outcome.error().message};
  });
}

void ActDeeds::read(const std::vector<std::string>& words) {
  look([words] {
    std::vector<std::string> command{"/proc/self/exe"};
    command.insert(command.end(), words.begin(), words.end());
    Result<std::string> text = act::all_output_of(command);
    return Answer{.text = text ? std::move(*text) : text.error().message};
  });
}

void ActDeeds::save(std::vector<PackedSnapshot> snapshots) {
  act("the recording, which is not written yet", [snapshots = std::move(snapshots)](const TellLoss&) {
    const Result<std::string> path = save_recording_somewhere(snapshots);
    return Answer{.outcome = path ? fmt::format("saved: vigie top --replay {}", *path) : path.error().message};
  });
}

std::vector<std::string> ActDeeds::unfinished() const {
  const std::scoped_lock lock(shared_->mutex);
  std::vector<std::string> all;
  for (const auto& [number, loss] : shared_->losses) {
    if (!loss.empty()) all.push_back(loss);
  }
  return all;
}

void ActDeeds::look(std::function<Answer()> work) {
  std::uint64_t number = 0;
  {
    const std::scoped_lock lock(shared_->mutex);
    number = ++shared_->looked;
  }
  std::thread([shared = shared_, number, work = std::move(work)] {
    Answer answer = work();
    const std::scoped_lock lock(shared->mutex);
    if (shared->looked == number) shared->answer(std::move(answer));
  }).detach();
}

/// A thread for each: a stop that waits for its grace does not hold up the next order.
void ActDeeds::act(std::string loss, std::function<Answer(const TellLoss&)> work) {
  std::uint64_t number = 0;
  {
    const std::scoped_lock lock(shared_->mutex);
    number = ++shared_->acted;
    shared_->losses[number] = std::move(loss);
  }
  std::thread([shared = shared_, number, work = std::move(work)] {
    Answer answer = work([&](std::string now) {
      const std::scoped_lock lock(shared->mutex);
      shared->losses[number] = std::move(now);
    });
    const std::scoped_lock lock(shared->mutex);
    shared->losses.erase(number);
    shared->answer(std::move(answer));
  }).detach();
}

std::optional<Deeds::Answer> ActDeeds::take() {
  eventfd_t count = 0;
  ::eventfd_read(shared_->bell.get(), &count);
  const std::scoped_lock lock(shared_->mutex);
  if (shared_->answers.empty()) return {};
  Answer answer = std::move(shared_->answers.front());
  shared_->answers.pop_front();
  return answer;
}

}  // namespace vigie::tui
