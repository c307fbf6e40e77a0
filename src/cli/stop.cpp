// vigie stop and vigie kill: end a run and everything it left.
#include <csignal>
#include <memory>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/text.hpp"
#include "base/units.hpp"
#include "cli/acting.hpp"
#include "cli/command.hpp"
#include "cli/run_life.hpp"
#include "cli/written_files.hpp"
#include "control/process.hpp"
#include "wire/socket.hpp"

namespace vigie::cli {
namespace {

constexpr double kill_seconds = 10;  ///< how long the final SIGKILL may take before survivors are reported

struct Options : ActingOptions {
  std::string grace;
  bool no_kill = false;
  bool kill = false;  ///< vigie kill
};

/// What a stop came to.
struct Stopped {
  std::string label;
  std::string ended;  ///< describe_end, empty for processes that vigie did not start
  std::vector<ActionRow> rows;
  std::vector<WrittenFile> files;
  std::vector<ProcessId> left;
};

Result<double> grace_of(const Options& options, const RunRecord* record) {
  if (options.kill) return 0.0;
  if (!options.grace.empty()) return parse_duration(options.grace);
  return record != nullptr ? record->spec.grace_seconds : 30.0;
}

/// The shim does the work, and goes on with it should this client be killed.
Result<void> stop_supervised(const RunRecord& record, int signal, double grace, bool no_kill, Stopped& stopped) {
  if (Result<void> asked = wire::ask_stop(record, signal, no_kill ? -1 : grace); !asked) return pass(std::move(asked));
  Result<RunRecord> ended = wait_until_over(record.directory, no_kill ? grace : grace + kill_seconds);
  if (!ended) return pass(std::move(ended));
  if (is_over(ended->state)) stopped.ended = describe_end(*ended);
  return {};
}

/// Processes that have no shim: the same steps from here.
void stop_observed(const Frame& frame, const Target& target, int signal, double grace, bool no_kill, Stopped& stopped) {
  const std::vector<ProcessId> all = identities(frame, target);
  const control::Lister list = lister_of(frame, target);
  const Result<Fd> leader = control::open_process(all.front());
  stopped.rows = rows_of(frame, control::signal_each({all.data(), 1}, signal), fmt::format("signal {}", signal));
  control::signal_tree(list, SIGCONT);
  if (leader) (void)control::wait_for_end(*leader, grace);
  for (const ProcessId& id : list()) {
    if (const Result<Fd> rest = control::open_process(id); rest && id != all.front())
      (void)control::wait_for_end(*rest, 0.2);
  }
  if (!no_kill) control::kill_tree(list, kill_seconds);
}

Result<Stopped> stop_target(const Frame& frame, const Target& target, const Options& options) {
  const RunRecord* record = record_of(frame, target);
  Result<double> grace = grace_of(options, record);
  if (!grace) return pass(std::move(grace));
  if (record != nullptr && is_over(frame.view.runs[*target.run].state)) {
    return fail(fmt::format("run {} is over already ({})", record->name, describe_end(*record)));
  }
  const int signal = options.kill ? SIGKILL : (record != nullptr ? record->spec.stop_signal : SIGTERM);
  Stopped stopped;
  stopped.label = target.label;
  const WrittenFiles files(frame, target);
  bool done = false;
  if (record != nullptr) done = stop_supervised(*record, signal, *grace, options.no_kill, stopped).has_value();
  if (!done && target.processes.empty())
    return fail("cannot stop " + target.label + ": nothing of it is alive and its keeper does not answer");
  if (!done) stop_observed(frame, target, signal, *grace, options.no_kill, stopped);
  if (!target.processes.empty()) stopped.left = lister_of(frame, target)();
  stopped.files = files.since_start();
  return stopped;
}

void print(const Stopped& stopped, const Options& options) {
  if (options.json) {
    nlohmann::json document{{"vigie", "1"}, {"target", stopped.label}, {"ended", stopped.ended}};
    document["files"] = nlohmann::json::array();
    for (const WrittenFile& file : stopped.files) {
      document["files"].push_back({{"path", valid_utf8(file.path)}, {"size_bytes", file.bytes}});
    }
    document["left"] = nlohmann::json::array();
    for (const ProcessId& id : stopped.left) document["left"].push_back({{"pid", id.pid}});
    fmt::print("{}\n", document.dump());
    return;
  }
  print_rows(stopped.rows, false);
  fmt::print("{} {}\n", stopped.label,
             stopped.ended.empty() ? (stopped.left.empty() ? "ended" : "was signalled") : stopped.ended);
  for (const WrittenFile& file : stopped.files) {
    fmt::print("  wrote {} ({}) since the signal\n", safe_text(file.path),
               human_bytes(static_cast<double>(file.bytes)));
  }
  if (stopped.left.empty()) {
    fmt::print("  nothing of it is left\n");
  } else {
    for (const ProcessId& id : stopped.left) fmt::print("  still there: process {}\n", id.pid);
  }
}

Result<int> stop(const Options& options) {
  Result<Frame> frame = acting_frame();
  if (!frame) return pass(std::move(frame));
  Result<std::vector<Target>> targets = acting_targets(*frame, options);
  if (!targets) return pass(std::move(targets));
  int status = 0;
  for (const Target& target : *targets) {
    if (options.dry_run) {
      print_rows(planned(*frame, target, options.kill ? "kill" : "stop"), options.json);
      continue;
    }
    Result<Stopped> stopped = stop_target(*frame, target, options);
    if (!stopped) return pass(std::move(stopped));
    print(*stopped, options);
    if (!stopped->left.empty()) status = 1;
  }
  return status;
}

}  // namespace

void define_stop(Command& command) {
  auto options = std::make_shared<Options>();
  command.examples(
      "Examples:\n"
      "  vigie stop resnet                 SIGTERM to its main process, then wait for its checkpoint\n"
      "  vigie stop --grace 5m resnet      a large checkpoint takes time\n"
      "  vigie stop %'train.py.*lr=0.1'    by command line");
  add_acting_options(command, *options);
  command.option("--grace", options->grace, "how long to wait before killing (default: the run's, 30s)");
  command.flag("--no-kill", options->no_kill, "do not kill after the grace period");
  command.does([options] { return stop(*options); });
}

void define_kill(Command& command) {
  auto options = std::make_shared<Options>();
  options->kill = true;
  command.examples("Examples:\n  vigie kill resnet\n  vigie kill --dry-run 4711");
  add_acting_options(command, *options);
  command.does([options] { return stop(*options); });
}

}  // namespace vigie::cli
