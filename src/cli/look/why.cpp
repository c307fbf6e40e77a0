// vigie why: what holds a run back, with the evidence and what to do.
#include <algorithm>
#include <memory>

#include "act/check_places.hpp"
#include "act/read_progress.hpp"
#include "act/subjects.hpp"
#include "base/text.hpp"
#include "cli/command.hpp"
#include "cli/look.hpp"
#include "feed/judging.hpp"
#include "views/finding_columns.hpp"
#include "views/verdict.hpp"
#include "wire/record_list.hpp"

namespace vigie::cli {

namespace {

/// A leak or a hang takes longer to be sure of than a wait.
constexpr double longest_seconds = 14;

struct WhyOptions {
  LookOptions look;
  std::string target;
};

Result<View> render(const Frame& frame, const WhyOptions& options, bool seen) {
  Result<std::vector<const Run*>> runs = act::subjects(frame, options.target);
  if (!runs && !seen) return pass(std::move(runs));
  const views::VerdictWish wish{.host = options.target.empty(),
                                .places = options.target.empty() ? act::check_places(frame, {}) : rules::CheckPlaces{},
                                .width = terminal_width(),
                                .color = may_color(options.look)};
  const views::Verdict verdict = views::verdict_on(frame, runs ? *runs : std::vector<const Run*>(), wish);
  View view{.text = {}, .status = verdict.something_wrong ? 1 : 0};
  if (options.look.for_people()) {
    if (!runs) {
      view.text =
          safe_text(options.target) + ": ended while vigie looked at it. How processes end: vigie ps --ended -w\n";
    }
    view.text += verdict.text;
    return view;
  }
  const format::Table relaunches = views::make_table(views::relaunch_columns(), verdict.relaunches);
  const format::Table suspicions = views::make_table(views::suspicion_columns(), verdict.suspicions);
  const format::Section sections[] = {{"relaunches", &relaunches}, {"suspicions", &suspicions}};
  append_table(view.text, options.look, frame, "findings",
               views::make_table(views::finding_columns(), verdict.findings), sections);
  return view;
}

/// Whether the target is a run that is over: there is nothing to look at over time.
bool is_over_already(const std::string& target) {
  const Result<std::vector<RunRecord>> records = wire::list_records_like(target);
  return records && std::ranges::any_of(*records, [&](const RunRecord& record) {
           return (record.name == target || record.id == target) && is_over(record.state);
         });
}

}  // namespace

void define_why(Command& command) {
  auto options = std::make_shared<WhyOptions>();
  command.examples(
      "Examples:\n"
      "  vigie why resnet                 looks for four seconds, longer when in doubt, then says what it saw\n"
      "  vigie why                        every run that is alive, and the machine\n"
      "  vigie why 4711                   any process, with all below it\n"
      "  vigie why old                    a run that is over: what ended it\n"
      "  vigie why resnet --interval 30   a longer look, for runs that change their pace\n"
      "Exit status 0: nothing wrong, or a note at most (info); 1: something was found.");
  command.option("target", options->target, "PID, run, or %PATTERN").value_name("TARGET");
  add_look_options(command, options->look, "4");
  add_replay_option(command, options->look);
  command.does([options] {
    // Whether the target was there: it may end while it is looked at.
    const auto seen = std::make_shared<bool>(false);
    FeedOptions feed = watch_for_judging(act::subjects_while_there(options->target, seen), options->target.empty());
    const bool own_pace = options->look.command->given("--interval") || options->look.watching();
    feed.pace.patience_seconds = own_pace ? 0 : longest_seconds;
    if (options->look.replay.empty() && !options->look.watching() && is_over_already(options->target))
      options->look.interval = "0";
    feed.whom.target = options->target;
    feed.whom.target_is_run = true;
    feed.what.read_progress = act::read_progress;
    return look(options->look, feed, [&](const Frame& frame) { return render(frame, *options, *seen); });
  });
}

}  // namespace vigie::cli
