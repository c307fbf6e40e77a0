// vigie why: what holds a run back, with the evidence and what to do.
#include <fmt/format.h>
#include <algorithm>
#include <memory>

#include "base/text.hpp"
#include "base/units.hpp"
#include "cli/command.hpp"
#include "cli/look.hpp"
#include "cli/target.hpp"

namespace vigie::cli {

namespace {

using format::Cell;
using format::Column;
using format::JsonWriter;

/// Looks at thread states per second: enough to tell 30 % from 60 % in four seconds, at no cost that shows.
constexpr double look_hz = 10;
/// Imports, the first batches and allocator warm-up say nothing about how a run goes.
constexpr double settling_seconds = 5;

struct WhyOptions {
  LookOptions look;
  std::string target;
};

void write_texts(JsonWriter& writer, const std::vector<std::string>& texts) {
  writer.begin_array();
  for (const std::string& text : texts) writer.value(std::string_view(text));
  writer.end_array();
}

void write_evidence(JsonWriter& writer, const Finding& finding) {
  writer.begin_array();
  for (const Evidence& evidence : finding.evidence) {
    writer.begin_object();
    writer.member("metric", evidence.metric);
    writer.member("value", evidence.value);
    writer.member("threshold", evidence.threshold);
    writer.member("window_seconds", evidence.window_seconds);
    writer.member("text", evidence.text);
    writer.end_object();
  }
  writer.end_array();
}

std::string joined_evidence(const Finding& finding) {
  std::string text;
  for (const Evidence& evidence : finding.evidence) text += (text.empty() ? "" : "; ") + evidence.text;
  return text;
}

const std::vector<Column<Finding>>& columns() {
  static const std::vector<Column<Finding>> all = {
      {&metric("rule"), [](const Finding& finding) -> Cell { return finding.rule; }, {}},
      {&metric("severity"), [](const Finding& finding) -> Cell { return name_of(finding.severity); }, {}},
      {&metric("confidence"), [](const Finding& finding) -> Cell { return finding.confidence; }, {}},
      {&metric("primary"),
       [](const Finding& finding) -> Cell { return std::string_view(finding.primary ? "yes" : "no"); },
       [](JsonWriter& writer, const Finding& finding) { writer.value(finding.primary); }},
      {&metric("subject"), [](const Finding& finding) -> Cell { return std::string_view(finding.subject); }, {}},
      {&metric("since"), [](const Finding& finding) -> Cell { return finding.since_wall_ns; }, {}},
      {&metric("summary"), [](const Finding& finding) -> Cell { return std::string_view(finding.summary); }, {}},
      {&metric("evidence"), [](const Finding& finding) -> Cell { return joined_evidence(finding); }, write_evidence},
      {&metric("causes"),
       [](const Finding& finding) -> Cell { return fmt::format("{}", fmt::join(finding.causes, "; ")); },
       [](JsonWriter& writer, const Finding& finding) { write_texts(writer, finding.causes); }},
      {&metric("actions"),
       [](const Finding& finding) -> Cell { return fmt::format("{}", fmt::join(finding.actions, "; ")); },
       [](JsonWriter& writer, const Finding& finding) { write_texts(writer, finding.actions); }},
  };
  return all;
}

/// The runs asked about: the target's, or all that are alive.
Result<std::vector<const Run*>> subjects(const Frame& frame, const std::string& text) {
  std::vector<const Run*> runs;
  if (text.empty()) {
    for (const Run& run : frame.view.runs) {
      if (!is_over(run.state)) runs.push_back(&run);
    }
    return runs;
  }
  Result<Target> target = resolve_target(frame, text);
  if (!target) return pass(std::move(target));
  if (!target->run) {
    const std::size_t index = target->processes.front();
    const int run = index < frame.view.run_of.size() ? frame.view.run_of[index] : -1;
    if (run < 0) {
      return fail(target->label + " belongs to no run: only runs are diagnosed; see vigie ls", ErrorKind::no_target);
    }
    target->run = static_cast<std::size_t>(run);
  }
  const Run& run = frame.view.runs[*target->run];
  if (is_over(run.state)) {
    const std::string how = !run.exit                  ? std::string("how it ended is not known")
                            : run.exit->reason.empty() ? describe(*run.exit)
                                                       : safe_text(run.exit->reason);
    return fail(fmt::format("{} is over ({}): {}; its output: vigie logs {}", target->label, name_of(run.state), how,
                            target->label));
  }
  runs.push_back(&run);
  return runs;
}

/// Seconds the run must have run for the window to say anything, minus those it has; 0 or less: old enough.
double missing_seconds(const Frame& frame, const Run& run) {
  const ProcessSample* leader = frame.snapshot->find(run.leader);
  double age = leader != nullptr ? age_seconds(*frame.snapshot, leader->id) : 0;
  if (leader == nullptr && run.started_wall_ns) {
    age = static_cast<double>(frame.snapshot->after.wall_ns - *run.started_wall_ns) / nanoseconds_per_second;
  }
  return frame.delta.elapsed_seconds + settling_seconds - age;
}

void append_finding(std::string& out, const Finding& finding) {
  fmt::format_to(std::back_inserter(out), "{}: {} [{}, {}, {:.0f}% sure]\n", safe_text(finding.subject),
                 safe_text(finding.summary), finding.rule, name_of(finding.severity), 100 * finding.confidence);
  const auto append = [&](std::string_view label, const std::string& text) {
    fmt::format_to(std::back_inserter(out), "  {:<9} {}\n", label, safe_text(text));
  };
  for (const Evidence& evidence : finding.evidence) append("evidence", evidence.text);
  for (const std::string& cause : finding.causes) append("cause", cause);
  for (const std::string& action : finding.actions) append("do", action);
}

void append_quiet(std::string& out, const Frame& frame, const Run& run) {
  const double missing = missing_seconds(frame, run);
  const std::string name = safe_text(run.name);
  if (frame.delta.elapsed_seconds <= 0) {
    out += name + ": not looked at over time: --interval must be above 0\n";
  } else if (missing > 0) {
    out += fmt::format("{}: too early to say: it began less than {:.0f} s ago, ask again in {:.0f} s\n", name,
                       frame.delta.elapsed_seconds + settling_seconds, missing + 1);
  } else {
    out += fmt::format("{}: nothing wrong seen in {:.1f} s\n", name, frame.delta.elapsed_seconds);
  }
}

Result<View> render(const Frame& frame, const WhyOptions& options) {
  Result<std::vector<const Run*>> runs = subjects(frame, options.target);
  if (!runs) return pass(std::move(runs));
  View view;
  std::vector<Finding> shown;
  for (const Run* run : *runs) {
    std::size_t found = 0;
    // While a run starts it may well wait; only that it is stopped is true at any age.
    const bool settled = missing_seconds(frame, *run) <= 0;
    for (const Finding& finding : frame.findings) {
      if (finding.subject != run->name || (!settled && finding.rule != "stopped")) continue;
      shown.push_back(finding);
      append_finding(view.text, finding);
      ++found;
    }
    if (found == 0) append_quiet(view.text, frame, *run);
  }
  if (runs->empty()) view.text = "no runs to look at; start one with: vigie run -- python3 train.py\n";
  view.status = shown.empty() ? 0 : 1;
  if (options.look.json || options.look.csv) {
    view.text.clear();
    append_table(view.text, options.look, frame, "findings",
                 format::make_table(std::span<const Column<Finding>>(columns()), std::span<const Finding>(shown)));
  }
  return view;
}

/// The control groups of the runs: their quota decides how many workers make sense. One group a run is enough.
DetailRequest groups_of_runs() {
  return {.what = proc::Detail::cgroup, .of = [](const Frame& bare) -> Result<std::vector<std::size_t>> {
            std::vector<std::size_t> leaders;
            for (const Run& run : bare.view.runs) {
              if (!run.members.empty()) leaders.push_back(run.members.front().process);
            }
            return leaders;
          }};
}

}  // namespace

void define_why(Command& command) {
  auto options = std::make_shared<WhyOptions>();
  command.examples(
      "Examples:\n"
      "  vigie why resnet                 looks for four seconds, then says what it saw\n"
      "  vigie why                        every run\n"
      "  vigie why resnet --interval 30   a longer look, for runs that change their pace\n"
      "Exit status 0: nothing wrong; 1: something was found.");
  command.option("target", options->target, "PID, run, or %PATTERN").value_name("TARGET");
  add_look_options(command, options->look, "4");
  add_replay_option(command, options->look);
  command.does([options] {
    FeedOptions feed;
    feed.fields = proc::Fields(proc::Field::io) | proc::Field::sched | proc::Field::status | proc::Field::wchan |
                  proc::Field::cmdline;
    feed.look_hz = look_hz;
    feed.detail = groups_of_runs();
    return look(options->look, feed, [&](const Frame& frame) { return render(frame, *options); });
  });
}

}  // namespace vigie::cli
