// vigie ls: runs, supervised and observed, with their progress.
#include <fmt/format.h>
#include <memory>

#include "act/read_progress.hpp"
#include "act/run_selection.hpp"
#include "act/subjects.hpp"
#include "cli/command.hpp"
#include "cli/look.hpp"
#include "feed/judging.hpp"
#include "format/folded.hpp"
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

views::RunChoice choice_of(const LsOptions& options) {
  return {.users = options.all, .verdicts = options.verdict, .width = terminal_width()};
}

/// Instead of a table without rows.
Result<std::string> text_of_none(const Frame& frame, const act::RunSelection& selection) {
  const std::size_t all = frame.view.runs.size();
  if (!selection.everything() && all > 0)
    return fmt::format("none of the {} run{} matches\n", all, all == 1 ? "" : "s");
  for (const SourceStatus& source : frame.snapshot->sources) {
    const bool unlisted =
        source.name == "runs" && source.state == SourceState::missing && frame.snapshot->observer != 0;
    if (unlisted) return fail(source.reason);  // there may be some
  }
  return "no runs; start one with: vigie run -- python3 train.py\n";
}

void append_runs(std::string& out, const Frame& frame, const LsOptions& options,
                 const std::vector<views::RunRow>& rows) {
  if (!options.look.for_people()) {
    append_table(out, options.look, frame, "runs", views::make_table(views::run_columns(), rows));
    return;
  }
  const views::RunTable table = views::run_table(frame, rows, choice_of(options));
  append_table(out, options.look, frame, "runs", views::make_table(table.columns, rows));
  if (!table.note.empty()) format::append_folded(out, table.note, {.width = terminal_width()});
}

Result<View> render(const Frame& frame, const LsOptions& options, const act::RunSelection& selection) {
  std::vector<views::RunRow> rows;
  for (const Run& run : frame.view.runs) {
    if (selection.wants(run)) rows.push_back({&frame, &run});
  }
  View view;
  if (!selection.everything() && rows.empty()) view.status = 1;
  if (rows.empty() && options.look.for_people()) {
    ASSIGN_OR_RETURN(view.text, text_of_none(frame, selection));
  } else {
    append_runs(view.text, frame, options, rows);
  }
  append_late_note(view.text, options.look, frame);
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
    const Result<act::RunSelection> selection = act::RunSelection::of(options->pattern, options->states);
    RETURN_IF_ERROR(selection);
    const views::Needs needs =
        options->look.for_people() ? views::run_needs(choice_of(*options)) : views::needs_of(views::run_columns());
    FeedOptions feed;
    if (options->verdict) {
      feed = watch_for_judging([](const Frame& bare) { return act::subjects(bare, ""); }, true);
      if (!options->look.command->given("--interval")) options->look.interval = "4";
    }
    feed.what.fields = feed.what.fields | needs.fields;
    if (needs.gpus) feed.what.gpus = GpuWish::if_there;
    feed.what.guess_runs = options->all;
    feed.what.read_progress = act::read_progress;
    return look(options->look, feed, [&](const Frame& frame) { return render(frame, *options, *selection); });
  });
}

}  // namespace vigie::cli
