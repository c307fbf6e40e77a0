#include "cli/acting.hpp"

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <csignal>
#include <cstring>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/text.hpp"
#include "cli/command.hpp"
#include "feed/feed.hpp"

namespace vigie::cli {

void add_acting_options(Command& command, ActingOptions& options) {
  command.option("TARGET", options.target, "a PID, a run's name or id, or %PATTERN").required();
  command.flag("--all", options.all, "act on everything %PATTERN matches");
  command.flag("--dry-run", options.dry_run, "print what would be done and do nothing");
  command.flag("--json", options.json, "one JSON document: a row per process acted on");
}

Result<Frame> acting_frame() {
  static const Result<Root> root = Root::open("/");  // the feed refers to it for the life of the frame's lister
  if (!root) return std::unexpected(root.error());
  return LiveFeed(*root, FeedOptions{.fields = proc::Field::cmdline, .interval_seconds = 0, .look_hz = 0, .runs = true})
      .next();
}

Result<std::vector<Target>> acting_targets(const Frame& frame, const ActingOptions& options) {
  Result<std::vector<Target>> targets = resolve_targets(frame, options.target);
  if (!targets) return pass(std::move(targets));
  if (targets->size() > 1 && !options.all) {
    return fail(
        fmt::format("{} names {} targets: be more precise, or use --all", safe_text(options.target), targets->size()),
        ErrorKind::usage);
  }
  for (const Target& target : *targets) {
    const std::vector<ProcessId> ids = identities(frame, target);
    if (Result<void> safe = control::refuse_unsafe(frame.snapshot->processes, ids); !safe) return pass(std::move(safe));
  }
  return targets;
}

const RunRecord* record_of(const Frame& frame, const Target& target) {
  if (!target.run) return nullptr;
  const std::string& id = frame.view.runs[*target.run].id;
  for (const SupervisedSample& supervised : frame.snapshot->supervised) {
    if (supervised.record.id == id) return &supervised.record;
  }
  return nullptr;
}

std::vector<ProcessId> identities(const Frame& frame, const Target& target) {
  std::vector<ProcessId> ids;
  for (const std::size_t index : target.processes) ids.push_back(frame.snapshot->processes[index].id);
  return ids;
}

control::Lister lister_of(const Frame& frame, const Target& target) {
  if (!target.run) {
    return [ids = identities(frame, target)] {
      std::vector<ProcessId> alive = ids;
      const Result<Frame> now = acting_frame();
      if (now) {
        std::erase_if(alive, [&](const ProcessId& id) {
          const ProcessSample* process = now->snapshot->find(id);
          return process == nullptr || process->state == 'Z';
        });
      }
      return alive;
    };
  }
  const Run& run = frame.view.runs[*target.run];
  // A process once seen in the run stays its own even after its parent died and it went to init.
  auto known = std::make_shared<std::vector<ProcessId>>(identities(frame, target));
  return [id = run.id, known] {
    std::vector<ProcessId> alive;
    const Result<Frame> now = acting_frame();
    if (!now) return alive;
    for (std::size_t i = 0; i < now->snapshot->processes.size(); ++i) {
      const ProcessSample& process = now->snapshot->processes[i];
      const int in = now->view.run_of.empty() ? -1 : now->view.run_of[i];
      const bool member = in >= 0 && now->view.runs[static_cast<std::size_t>(in)].id == id;
      const bool ours = member || std::ranges::find(*known, process.id) != known->end() ||
                        std::ranges::any_of(*known, [&](const ProcessId& k) { return k.pid == process.ppid; });
      if (ours && process.state != 'Z') alive.push_back(process.id);
    }
    for (const ProcessId& one : alive) {
      if (std::ranges::find(*known, one) == known->end()) known->push_back(one);
    }
    return alive;
  };
}

namespace {

std::string command_of(const Frame& frame, ProcessId id) {
  const ProcessSample* process = frame.snapshot->find(id);
  return process == nullptr ? std::string() : command_text(*process);
}

}  // namespace

std::vector<ActionRow> rows_of(const Frame& frame, const std::vector<control::Outcome>& outcomes,
                               const std::string& action) {
  std::vector<ActionRow> rows;
  for (const control::Outcome& outcome : outcomes) {
    rows.push_back({outcome.id, command_of(frame, outcome.id), action, outcome.result});
  }
  return rows;
}

std::vector<ActionRow> planned(const Frame& frame, const Target& target, const std::string& action) {
  std::vector<ActionRow> rows;
  for (const ProcessId& id : identities(frame, target))
    rows.push_back({id, command_of(frame, id), action, "would be done"});
  return rows;
}

void print_rows(const std::vector<ActionRow>& rows, bool json) {
  if (json) {
    nlohmann::json document{{"vigie", "1"}, {"actions", nlohmann::json::array()}};
    for (const ActionRow& row : rows) {
      document["actions"].push_back(
          {{"pid", row.id.pid}, {"command", valid_utf8(row.command)}, {"action", row.action}, {"result", row.result}});
    }
    fmt::print("{}\n", document.dump());
    return;
  }
  for (const ActionRow& row : rows) {
    fmt::print("{:>8}  {}: {}  {}\n", row.id.pid, row.action, row.result, cut_to_width(safe_text(row.command), 60));
  }
}

Result<int> parse_signal(const std::string& text) {
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc{} && end == text.data() + text.size()) {
    if (number > 0 && number < NSIG) return number;
  } else {
    const std::string name = text.starts_with("SIG") ? text.substr(3) : text;
    for (int signal = 1; signal < NSIG; ++signal) {
      const char* abbreviation = ::sigabbrev_np(signal);
      if (abbreviation != nullptr && name == abbreviation) return signal;
    }
  }
  return fail(safe_text(text) + " is not a signal: use a name like TERM or USR1, or a number", ErrorKind::usage);
}

}  // namespace vigie::cli
