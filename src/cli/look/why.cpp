// vigie why: what holds a run back, with the evidence and what to do.
#include <fmt/format.h>
#include <algorithm>
#include <memory>

#include "base/text.hpp"
#include "base/units.hpp"
#include "cli/command.hpp"
#include "cli/look.hpp"
#include "cli/look/check_places.hpp"
#include "cli/look/why_subjects.hpp"
#include "cli/terminal/read_progress.hpp"
#include "feed/judging.hpp"
#include "format/folded.hpp"
#include "format/paint.hpp"
#include "rules/check/check.hpp"
#include "rules/check/explained.hpp"
#include "rules/facts/relaunch.hpp"
#include "rules/facts/unasked_gpus.hpp"
#include "rules/judge.hpp"
#include "views/finding_columns.hpp"
#include "wire/record_list.hpp"

namespace vigie::cli {

namespace {

/// What grows or hangs takes longer to be sure of than what waits.
constexpr double longest_seconds = 14;

struct WhyOptions {
  LookOptions look;
  std::string target;
};

void append_relaunch(std::string& out, const rules::Relaunch& relaunch) {
  constexpr std::size_t most_changes = 4;
  std::string changes;
  for (std::size_t i = 0; i < std::min(most_changes, relaunch.changes.size()); ++i)
    changes += (changes.empty() ? "" : ", ") + safe_text(relaunch.changes[i]);
  if (relaunch.changes.size() > most_changes)
    changes += fmt::format(" and {} more", relaunch.changes.size() - most_changes);
  fmt::format_to(std::back_inserter(out), "{}: since run {}: {}: {:.2f} → {:.2f} {} per second ({:+.0f} %)\n",
                 safe_text(relaunch.run), safe_text(relaunch.before), changes, relaunch.rate_before,
                 relaunch.rate_after, safe_text(relaunch.unit), relaunch.change_percent());
}

/// Appends `safe` text behind a label, folded between words where a terminal is narrower.
void append_labelled(std::string& out, std::string_view label, std::string_view safe) {
  constexpr std::size_t indent = 12;
  fmt::format_to(std::back_inserter(out), "  {:<9} ", label);
  format::append_folded(out, safe, {.width = terminal_width(), .column = indent, .indent = indent});
}

void append_finding(std::string& out, const Finding& finding, bool color) {
  fmt::format_to(std::back_inserter(out), "{}: {}{} [{}, {}, {:.0f}% sure]\n", safe_text(finding.subject),
                 finding.primary ? "" : "and ", safe_text(finding.summary), finding.rule,
                 format::painted(name_of(finding.severity), views::paint_of(finding.severity), color),
                 100 * finding.confidence);
  for (const Evidence& evidence : finding.evidence) append_labelled(out, "evidence", safe_text(evidence.text));
  for (const std::string& cause : finding.causes) append_labelled(out, "cause", safe_text(cause));
  for (const std::string& action : finding.actions) append_labelled(out, "do", safe_text(action));
}

/// "not sure yet: its memory grew by 1.1G in 11 s; a trend needs 11 s: ask again, or --interval 30".
void append_suspicion(std::string& out, const Suspicion& suspicion) {
  const std::string_view ask = suspicion.wants_seconds > 0 ? ": ask again, or look longer: --interval 30" : "";
  fmt::format_to(std::back_inserter(out), "{}: not sure yet [{}?]: {}{}{}{}\n", safe_text(suspicion.subject),
                 suspicion.rule, safe_text(suspicion.text), suspicion.how.empty() ? "" : "; ", safe_text(suspicion.how),
                 ask);
}

/// What "nothing wrong" does not cover.
std::string_view apart_from(const Frame& frame) {
  return rules::why_gpus_are_unknown(frame) ? ", but of the GPUs nothing is known" : "";
}

void append_quiet(std::string& out, const Frame& frame, const Run& run) {
  const std::string name = safe_text(run.name);
  const auto young = std::ranges::find(frame.too_early, run.name, &TooEarly::subject);
  if (is_over(run.state)) {
    out += fmt::format("{}: is over ({}): {}; its output: vigie logs {}\n", name, name_of(run.state),
                       safe_text(how_it_ended(run.exit)), name);
  } else if (frame.delta.elapsed_seconds <= 0) {
    out += name + ": not looked at over time: --interval must be above 0\n";
  } else if (run.state == RunState::queued) {
    out += fmt::format("{}: waits for {}\n", name, safe_text(run.waits_for));
  } else if (const auto suspicion = std::ranges::find(frame.suspicions, run.name, &Suspicion::subject);
             suspicion != frame.suspicions.end()) {
    append_suspicion(out, *suspicion);
  } else if (young != frame.too_early.end()) {
    out += fmt::format("{}: too early to say: it began less than {:.0f} s ago, ask again in {:.0f} s\n", name,
                       young->began_within_seconds, young->settles_in_seconds + 1);
  } else {
    out += fmt::format("{}: nothing wrong seen in {:.1f} s{}\n", name, frame.delta.elapsed_seconds, apart_from(frame));
  }
}

/// Appends the findings about one subject; how many there were.
std::size_t append_about(const std::vector<Finding>& findings, std::string_view subject, std::vector<Finding>& shown,
                         bool color, std::string& out) {
  std::size_t found = 0;
  for (const Finding& finding : findings) {
    if (finding.subject != subject) continue;
    shown.push_back(finding);
    shown.back().primary = found == 0;
    append_finding(out, shown.back(), color);
    ++found;
  }
  return found;
}

/// What is found about the machine, and what else `vigie check` calls critical there.
std::vector<Finding> about_host(const Frame& frame) {
  std::vector<Finding> findings = frame.findings;
  if (frame.delta.elapsed_seconds <= 0) return findings;
  const rules::CheckSubject everything{.processes = {}, .places = check_places(frame, {})};
  std::ranges::move(rules::unexplained_criticals(frame, rules::check(frame, everything), findings),
                    std::back_inserter(findings));
  return findings;
}

void append_notes(std::string& out, const Frame& frame) {
  for (const SourceStatus& source : frame.snapshot->sources) {
    if (source.name == "samples" && source.state == SourceState::partial) out += "note: " + source.reason + "\n";
  }
  if (const std::optional<std::string> why = rules::why_gpus_are_unknown(frame))
    out += "note: the GPUs could not be asked: " + safe_text(*why) + "\n";
}

/// The user asked how an ended run ended. Of a living run a note is nothing wrong.
bool is_more_than_a_note(const Finding& finding) {
  return finding.severity != Severity::info || finding.rule == "cancelled";
}

Result<View> render(const Frame& frame, const WhyOptions& options, bool seen) {
  Result<std::vector<const Run*>> runs = subjects(frame, options.target);
  if (!runs && !seen) return pass(std::move(runs));
  View view;
  if (!runs) {
    view.text = safe_text(options.target) + ": ended while vigie looked at it. How processes end: vigie ps --ended -w\n";
    runs = std::vector<const Run*>();
  }
  const bool color = may_color(options.look);
  std::vector<Finding> shown;
  std::vector<rules::Relaunch> relaunches;
  std::vector<Suspicion> suspected;
  for (const Run* run : *runs) {
    std::ranges::copy_if(frame.suspicions, std::back_inserter(suspected),
                         [&](const Suspicion& one) { return one.subject == run->name; });
    if (append_about(frame.findings, run->name, shown, color, view.text) == 0) append_quiet(view.text, frame, *run);
    if (const std::optional<rules::Relaunch> relaunch = rules::relaunch_of(*frame.snapshot, *run)) {
      append_relaunch(view.text, *relaunch);
      relaunches.push_back(*relaunch);
    }
  }
  if (options.target.empty()) {
    if (runs->empty()) view.text = "no runs to look at; start one with: vigie run -- python3 train.py\n";
    const bool looked = frame.delta.elapsed_seconds > 0;
    if (append_about(about_host(frame), rules::host_subject, shown, color, view.text) == 0 && looked)
      view.text += fmt::format("host: nothing wrong seen{}\n", apart_from(frame));
  } else if (std::ranges::any_of(*runs, [&](const Run* run) { return rules::may_be_on_a_broken_gpu(frame, *run); })) {
    std::vector<Finding> broken;
    std::ranges::copy_if(frame.findings, std::back_inserter(broken),
                         [](const Finding& finding) { return finding.rule == "gpu-error"; });
    append_about(broken, rules::host_subject, shown, color, view.text);
  }
  append_notes(view.text, frame);
  view.status = std::ranges::any_of(shown, is_more_than_a_note) ? 1 : 0;
  if (options.look.json || options.look.csv) {
    view.text.clear();
    const format::Table more = views::make_table(views::relaunch_columns(), relaunches);
    const format::Table unsure = views::make_table(views::suspicion_columns(), suspected);
    const format::Section sections[] = {{"relaunches", &more}, {"suspicions", &unsure}};
    append_table(view.text, options.look, frame, "findings", views::make_table(views::finding_columns(), shown),
                 sections);
  }
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
    FeedOptions feed = watch_for_judging(subjects_while_there(options->target, seen), options->target.empty());
    const bool own_pace = options->look.command->given("--interval") || options->look.watching();
    feed.patience_seconds = own_pace ? 0 : longest_seconds;
    if (options->look.replay.empty() && !options->look.watching() && is_over_already(options->target))
      options->look.interval = "0";
    feed.target = options->target;
    feed.target_is_run = true;
    feed.read_progress = read_progress;
    return look(options->look, feed, [&](const Frame& frame) { return render(frame, *options, *seen); });
  });
}

}  // namespace vigie::cli
