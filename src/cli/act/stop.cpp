// vigie stop and vigie kill: end a run and everything it left.
#include <unistd.h>

#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>

#include "act/json.hpp"
#include "act/stop.hpp"
#include "act/stop_report.hpp"
#include "base/units.hpp"
#include "cli/act/acting.hpp"
#include "cli/command.hpp"
#include "cli/say.hpp"
#include "cli/worst.hpp"

namespace vigie::cli {
namespace {

struct Options : ActingOptions {
  std::string grace, wait_checkpoint;
  bool no_kill = false;
  bool kill = false;  ///< vigie kill
};

std::string_view what_ends_it(const act::Waiting& waiting) {
  if (waiting.no_kill) return "--no-kill: nothing is killed then; Ctrl-C ends this wait";
  return waiting.kept ? "Ctrl-C leaves that to its recorder, `vigie kill` ends it now"
                      : "Ctrl-C ends this wait, and nothing is killed";
}

/// On a terminal, says once for each target that its stop waits, after it has waited for a second.
class WaitNotices final : public act::StopProgress {
 public:
  void waits(const act::Waiting& waiting) override {
    constexpr double patience_seconds = 1;
    if (waiting.grace_seconds <= patience_seconds || waiting.waited_seconds < patience_seconds) return;
    const std::scoped_lock lock(mutex_);
    if (!said_.emplace(waiting.label).second || ::isatty(STDERR_FILENO) != 1) return;
    complain("{} got the signal{} {} to save and end ({})", waiting.label,
             waiting.no_kill ? ", and is waited for up to" : " and has up to", human_duration(waiting.grace_seconds),
             what_ends_it(waiting));
  }
  void warns(const std::string& sentence) override { complain("{}", sentence); }

 private:
  std::mutex mutex_;
  std::set<std::string, std::less<>> said_;
};

void print_stopped(const act::Stopped& stopped, bool json) {
  if (json) {
    say_json([&](JsonWriter& writer) { act::append_stopped(writer, stopped); });
  } else {
    say_text(act::stop_report(stopped, command_width()));
  }
}

Result<act::StopWish> wish_of(const Options& options) {
  act::StopWish wish{.wait_checkpoint = options.wait_checkpoint, .no_kill = options.no_kill, .kill = options.kill};
  if (options.grace.empty()) return wish;
  ASSIGN_OR_RETURN(wish.grace_seconds, parse_duration(options.grace));
  return wish;
}

Result<int> stop(const Options& options) {
  const Result<act::StopWish> wish = wish_of(options);
  RETURN_IF_ERROR(wish);
  ASSIGN_OR_RETURN(Aimed aimed, take_aim(options, options.kill ? "kill" : "stop"));
  for (act::Target& target : aimed.targets) act::mean_the_run(aimed.frame, target);
  act::leave_each_once(aimed.targets);
  const ToOne plan = [&](const Frame& frame, const act::Target& target) {
    return act::plan_stop(frame, target, *wish);
  };
  if (options.dry_run) return do_to_each(aimed, options, plan);
  Worst worst(aimed.targets.size());
  WaitNotices notices;
  for (Result<act::Stopped>& stopped : act::stop_all(aimed.frame, aimed.targets, *wish, notices)) {
    if (stopped) print_stopped(*stopped, options.json);
    worst.add(stopped ? Result<int>(stopped->left.empty() ? 0 : 1) : pass(std::move(stopped)));
  }
  return worst.status();
}

}  // namespace

void define_stop(Command& command) {
  auto options = std::make_shared<Options>();
  command.examples(
      "Examples:\n"
      "  vigie stop resnet                 SIGTERM, also through shells and launchers, then wait for its checkpoint\n"
      "  vigie stop --grace 5m resnet      a large checkpoint takes time\n"
      "  vigie stop --wait-checkpoint ckpt resnet\n"
      "                                    and goes on taking time while a file in ckpt grows, up to an hour\n"
      "  vigie stop resnet bert            several at once, each with its grace\n"
      "  vigie stop %'train.py.*lr=0.1'    by command line");
  add_acting_options(command, *options);
  command.option("--grace", options->grace, "how long to wait before killing (default: the run's, 30s)");
  command.option("--wait-checkpoint", options->wait_checkpoint, "wait longer while a file below this directory grows")
      .value_name("DIR");
  command.flag("--no-kill", options->no_kill, "do not kill after the grace period");
  command.does([options] { return stop(*options); });
}

void define_kill(Command& command) {
  auto options = std::make_shared<Options>();
  options->kill = true;
  command.examples(
      "Examples:\n"
      "  vigie kill resnet\n"
      "  vigie kill resnet bert\n"
      "  vigie kill -9 resnet        the same: it is always SIGKILL\n"
      "  vigie kill -USR1 4711       any other signal, as `vigie signal USR1 4711` sends it\n"
      "  vigie kill --dry-run 4711");
  add_acting_options(command, *options);
  command.does([options] { return stop(*options); });
}

}  // namespace vigie::cli
