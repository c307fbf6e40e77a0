#include "views/verdict.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include <fmt/format.h>

#include "base/text.hpp"
#include "base/units.hpp"
#include "format/folded.hpp"
#include "format/paint.hpp"
#include "rules/check/explained.hpp"
#include "rules/facts/unasked_gpus.hpp"
#include "rules/host_subject.hpp"
#include "views/finding_columns.hpp"

namespace vigie::views {
namespace {

/// Appends a line of `safe` text, folded between words where a terminal is narrower.
void append_line(std::string& out, std::string_view safe, std::size_t width) {
  format::append_folded(out, safe, {.width = width, .column = 0, .indent = 2});
}

/// The same behind a label.
void append_labelled(std::string& out, std::string_view label, std::string_view safe, std::size_t width) {
  constexpr std::size_t indent = 12;
  fmt::format_to(std::back_inserter(out), "  {:<9} ", label);
  format::append_folded(out, safe, {.width = width, .column = indent, .indent = indent});
}

/// "a: since run b: --workers 1 → 4: 1.20 → 2.40 steps per second (+100 %)"
std::string text_of(const rules::Relaunch& relaunch) {
  constexpr std::size_t most_changes = 4;
  std::string changes;
  for (std::size_t i = 0; i < std::min(most_changes, relaunch.changes.size()); ++i)
    changes += (changes.empty() ? "" : ", ") + safe_text(relaunch.changes[i]);
  if (relaunch.changes.size() > most_changes)
    changes += fmt::format(" and {} more", relaunch.changes.size() - most_changes);
  return fmt::format("{}: since run {}: {}: {:.2f} → {:.2f} {} per second ({:+.0f} %)", safe_text(relaunch.run),
                     safe_text(relaunch.before), changes, relaunch.rate_before, relaunch.rate_after,
                     safe_text(relaunch.unit), relaunch.change_percent());
}

/// "a: waits for data 80 % of the time [loader-cpu, warning, 93% sure]", the severity in its colour.
void append_headline(std::string& out, const Finding& finding, const VerdictWish& wish) {
  const std::string_view severity = name_of(finding.severity);
  append_line(out,
              fmt::format("{}: {}{} [{}, {}, {:.0f}% sure]", safe_text(finding.subject), finding.primary ? "" : "and ",
                          safe_text(finding.summary), finding.rule, severity, 100 * finding.confidence),
              wish.width);
  const std::size_t at = out.rfind(severity);
  if (at == std::string::npos) return;  // broken where no word has room
  out.replace(at, severity.size(), format::painted(severity, paint_of(finding.severity), wish.color));
}

void append_finding(std::string& out, const Finding& finding, const VerdictWish& wish) {
  append_headline(out, finding, wish);
  for (const Evidence& evidence : finding.evidence)
    append_labelled(out, "evidence", safe_text(evidence.text), wish.width);
  for (const std::string& cause : finding.causes) append_labelled(out, "cause", safe_text(cause), wish.width);
  for (const std::string& action : finding.actions) append_labelled(out, "do", safe_text(action), wish.width);
}

/// "not sure yet: its memory grew by 1.1G in 11 s; a trend needs 11 s: ask again, or --interval 30".
std::string text_of(const Suspicion& suspicion) {
  const std::string_view ask = suspicion.wants_seconds > 0 ? ": ask again, or look longer: --interval 30" : "";
  return fmt::format("{}: not sure yet [{}?]: {}{}{}{}", safe_text(suspicion.subject), suspicion.rule,
                     safe_text(suspicion.text), suspicion.how.empty() ? "" : "; ", safe_text(suspicion.how), ask);
}

/// The parts that "nothing wrong" does not cover.
std::string_view apart_from(const Frame& frame) {
  return rules::why_gpus_are_unknown(frame) ? ", but of the GPUs nothing is known" : "";
}

/// The sentence about a run without a finding.
std::string quiet_text(const Frame& frame, const Run& run) {
  const std::string name = safe_text(run.name);
  if (is_over(run.state)) {
    return fmt::format("{}: is over ({}): {}; its output: vigie logs {}", name, name_of(run.state),
                       safe_text(how_it_ended(run.exit)), name);
  }
  if (frame.delta.elapsed_seconds <= 0) return name + ": not looked at over time: --interval must be above 0";
  if (run.state == RunState::queued) return fmt::format("{}: waits for {}", name, safe_text(run.waits_for));
  const auto suspicion = std::ranges::find(frame.suspicions, run.name, &Suspicion::subject);
  if (suspicion != frame.suspicions.end()) return text_of(*suspicion);
  const auto young = std::ranges::find(frame.too_early, run.name, &TooEarly::subject);
  if (young != frame.too_early.end()) {
    return fmt::format("{}: too early to say: it began less than {:.0f} s ago, ask again in {:.0f} s", name,
                       young->began_within_seconds, young->settles_in_seconds + 1);
  }
  return fmt::format("{}: nothing wrong seen in {:.1f} s{}", name, frame.delta.elapsed_seconds, apart_from(frame));
}

/// Adds the findings about one subject. Whether there were any.
bool add_about(Verdict& verdict, const std::vector<Finding>& findings, std::string_view subject,
               const VerdictWish& wish) {
  bool first = true;
  for (const Finding& finding : findings) {
    if (finding.subject != subject) continue;
    verdict.findings.push_back(finding);
    verdict.findings.back().primary = std::exchange(first, false);
    append_finding(verdict.text, verdict.findings.back(), wish);
  }
  return !first;
}

/// The findings about the machine, and other items of `vigie check` that are critical there.
std::vector<Finding> about_host(const Frame& frame, const rules::CheckPlaces& places) {
  std::vector<Finding> findings = frame.findings;
  if (frame.delta.elapsed_seconds <= 0) return findings;
  const rules::CheckSubject everything{.processes = {}, .places = places};
  std::ranges::move(rules::unexplained_criticals(frame, rules::check(frame, everything), findings),
                    std::back_inserter(findings));
  return findings;
}

void append_notes(std::string& out, const Frame& frame, std::size_t width) {
  for (const SourceStatus& source : frame.snapshot->sources) {
    if (source.name == "samples" && source.state == SourceState::partial)
      append_line(out, "note: " + source.reason, width);
  }
  if (const std::optional<std::string> why = rules::why_gpus_are_unknown(frame))
    append_line(out, "note: the GPUs could not be asked: " + safe_text(*why), width);
}

/// For an ended run the user asked how it ended. For a living run a note is nothing wrong.
bool is_more_than_a_note(const Finding& finding) {
  return finding.severity != Severity::info || finding.rule == "cancelled";
}

void add_run(Verdict& verdict, const Frame& frame, const Run& run, const VerdictWish& wish) {
  std::ranges::copy_if(frame.suspicions, std::back_inserter(verdict.suspicions),
                       [&](const Suspicion& one) { return one.subject == run.name; });
  if (!add_about(verdict, frame.findings, run.name, wish))
    append_line(verdict.text, quiet_text(frame, run), wish.width);
  if (std::optional<rules::Relaunch> relaunch = rules::relaunch_of(*frame.snapshot, run)) {
    append_line(verdict.text, text_of(*relaunch), wish.width);
    verdict.relaunches.push_back(std::move(*relaunch));
  }
}

void add_host(Verdict& verdict, const Frame& frame, const VerdictWish& wish) {
  const bool found = add_about(verdict, about_host(frame, wish.places), rules::host_subject, wish);
  if (!found && frame.delta.elapsed_seconds > 0)
    verdict.text += fmt::format("host: nothing wrong seen{}\n", apart_from(frame));
}

void add_broken_gpus(Verdict& verdict, const Frame& frame, const VerdictWish& wish) {
  std::vector<Finding> broken;
  std::ranges::copy_if(frame.findings, std::back_inserter(broken),
                       [](const Finding& finding) { return finding.rule == "gpu-error"; });
  add_about(verdict, broken, rules::host_subject, wish);
}

}  // namespace

Verdict verdict_on(const Frame& frame, const std::vector<const Run*>& runs, const VerdictWish& wish) {
  Verdict verdict;
  for (const Run* const run : runs) add_run(verdict, frame, *run, wish);
  if (wish.host) {
    if (runs.empty()) verdict.text = "no runs to look at; start one with: vigie run -- python3 train.py\n";
    add_host(verdict, frame, wish);
  } else if (std::ranges::any_of(runs, [&](const Run* run) { return rules::may_be_on_a_broken_gpu(frame, *run); })) {
    add_broken_gpus(verdict, frame, wish);
  }
  append_notes(verdict.text, frame, wish.width);
  verdict.something_wrong = std::ranges::any_of(verdict.findings, is_more_than_a_note);
  return verdict;
}

}  // namespace vigie::views
