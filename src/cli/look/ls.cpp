// vigie ls: runs, supervised and observed, with their progress.
#include <fmt/format.h>
#include <algorithm>
#include <memory>

#include "act/pattern.hpp"
#include "base/suggestion.hpp"
#include "base/text.hpp"
#include "cli/command.hpp"
#include "cli/look.hpp"
#include "cli/look/why_subjects.hpp"
#include "cli/terminal/read_progress.hpp"
#include "feed/judging.hpp"
#include "views/run_columns.hpp"

namespace vigie::cli {

namespace {

struct LsOptions {
  LookOptions look;
  std::string pattern;
  std::vector<std::string> states;
  bool all = false;
  bool verdict = false;
};

/// Which runs are wanted: by name, id or command line, and by state.
struct Choice {
  std::optional<act::Pattern> pattern;
  std::vector<RunState> states;

  [[nodiscard]] bool wants(const Run& run) const {
    if (!states.empty() && std::ranges::find(states, run.state) == states.end()) return false;
    return !pattern || pattern->matches(run.name) || pattern->matches(run.id) || pattern->matches(run.command);
  }
  [[nodiscard]] bool everything() const { return !pattern && states.empty(); }
};

Result<Choice> choice_of(const LsOptions& options) {
  Choice choice;
  if (!options.pattern.empty()) {
    Result<act::Pattern> pattern =
        act::Pattern::compile(std::string_view(options.pattern).substr(options.pattern.front() == '%' ? 1 : 0));
    if (!pattern) return pass(std::move(pattern));
    choice.pattern = std::move(*pattern);
  }
  for (const std::string& name : options.states) {
    const std::optional<RunState> state = run_state_named(name);
    if (!state) {
      std::vector<std::string> names;
      for (std::size_t i = 0; run_state_named(name_of(static_cast<RunState>(i))) == static_cast<RunState>(i); ++i)
        names.emplace_back(name_of(static_cast<RunState>(i)));
      const std::string near = suggestion(name, names);
      return fail(fmt::format("no state \"{}\"{}", safe_text(name),
                              near.empty() ? fmt::format("; there are {}", fmt::join(names, ", ")) : near),
                  ErrorKind::usage);
    }
    choice.states.push_back(*state);
  }
  return choice;
}

Result<View> render(const Frame& frame, const LsOptions& all, const Choice& choice) {
  const LookOptions& options = all.look;
  std::vector<views::RunRow> rows;
  for (const Run& run : frame.view.runs) {
    if (choice.wants(run)) rows.push_back({&frame, &run});
  }
  const std::vector<views::RunColumn> columns =
      options.for_people() ? views::run_columns_for_people(
                                 frame, rows, {.users = all.all, .verdicts = all.verdict, .width = terminal_width()})
                           : views::run_columns();
  View view;
  if (!choice.everything() && rows.empty()) view.status = 1;
  if (rows.empty() && !choice.everything() && !frame.view.runs.empty() && options.for_people()) {
    view.text =
        fmt::format("none of the {} run{} matches\n", frame.view.runs.size(), frame.view.runs.size() == 1 ? "" : "s");
  } else if (rows.empty() && options.for_people()) {
    for (const SourceStatus& source : frame.snapshot->sources) {
      const bool unlisted =
          source.name == "runs" && source.state == SourceState::missing && frame.snapshot->observer != 0;
      if (unlisted) return fail(source.reason);  // there may be some
    }
    view.text = "no runs; start one with: vigie run -- python3 train.py\n";
  } else {
    append_table(view.text, options, frame, "runs", views::make_table(columns, rows));
  }
  append_late_note(view.text, options, frame);
  return view;
}

}  // namespace

void define_ls(Command& command) {
  auto options = std::make_shared<LsOptions>();
  command.examples(
      "Examples:\n"
      "  vigie ls                 every run: those that vigie keeps, and those it found on the host\n"
      "  vigie ls resnet          those whose name, id or command line matches; exit status 1 when none does\n"
      "  vigie ls --state failed  also several: --state failed,killed\n"
      "  vigie ls --verdict       what holds each of them back\n"
      "  vigie ls -w              again every two seconds\n"
      "  vigie ls --interval 0    at once, without CPU percentages\n"
      "  vigie ls --json | jq -r '.runs[] | select(.state == \"failed\") | .name'");
  command.option("PATTERN", options->pattern, "regular expression over name, id and command line");
  command.option("--state", options->states, "runs in these states: running, failed, cancelled, ...")
      .comma_separated()
      .value_name("STATE,...");
  command.flag("--verdict", options->verdict,
               "look for four seconds, and name what holds each run back, as `vigie why` does");
  command.flag("-a,--all", options->all, "trainings of other users, too, by their looks; with the user of each");
  add_look_options(command, options->look);
  add_replay_option(command, options->look);
  command.does([options]() -> Result<int> {
    const Result<Choice> choice = choice_of(*options);
    if (!choice) return std::unexpected(choice.error());
    FeedOptions feed;
    if (options->verdict) {
      feed = watch_for_judging([](const Frame& bare) { return subjects(bare, ""); }, true);
      if (!options->look.command->given("--interval")) options->look.interval = "4";
    }
    feed.gpus = GpuWish::if_there;
    feed.guess_runs = options->all;
    feed.read_progress = read_progress;
    return look(options->look, feed, [&](const Frame& frame) { return render(frame, *options, *choice); });
  });
}

}  // namespace vigie::cli
