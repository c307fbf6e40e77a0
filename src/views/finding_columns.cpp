#include "views/finding_columns.hpp"

#include <string>
#include <vector>

#include <fmt/format.h>

namespace vigie::views {
namespace {

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

}  // namespace

const std::vector<Column<Finding>>& finding_columns() {
  static const std::vector<Column<Finding>> all = {
      {&metric("rule"), [](const Finding& finding) -> Cell { return finding.rule; }},
      {&metric("severity"), [](const Finding& finding) -> Cell { return name_of(finding.severity); }},
      {&metric("confidence"), [](const Finding& finding) -> Cell { return finding.confidence; }},
      {&metric("share_percent"), [](const Finding& finding) -> Cell { return cell_of(finding.share_percent); }},
      {&metric("primary"),
       [](const Finding& finding) -> Cell { return std::string_view(finding.primary ? "yes" : "no"); },
       [](JsonWriter& writer, const Finding& finding) { writer.value(finding.primary); }},
      {&metric("subject"), [](const Finding& finding) -> Cell { return std::string_view(finding.subject); }},
      {&metric("since"), [](const Finding& finding) -> Cell { return finding.since_wall_ns; }},
      {&metric("summary"), [](const Finding& finding) -> Cell { return std::string_view(finding.summary); }},
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

const std::vector<Column<rules::Relaunch>>& relaunch_columns() {
  static const std::vector<Column<rules::Relaunch>> all = {
      {&metric("run"), [](const rules::Relaunch& one) -> Cell { return std::string_view(one.run); }},
      {&metric("earlier_run"), [](const rules::Relaunch& one) -> Cell { return std::string_view(one.before); }},
      {&metric("changes"),
       [](const rules::Relaunch& one) -> Cell { return fmt::format("{}", fmt::join(one.changes, "; ")); },
       [](JsonWriter& writer, const rules::Relaunch& one) { write_texts(writer, one.changes); }},
      {&metric("rate_before_per_second"), [](const rules::Relaunch& one) -> Cell { return one.rate_before; }},
      {&metric("rate_per_second"), [](const rules::Relaunch& one) -> Cell { return one.rate_after; }},
      {&metric("change_percent"), [](const rules::Relaunch& one) -> Cell { return one.change_percent(); }},
  };
  return all;
}

const std::vector<Column<Suspicion>>& suspicion_columns() {
  static const std::vector<Column<Suspicion>> all = {
      {&metric("rule"), [](const Suspicion& one) -> Cell { return one.rule; }},
      {&metric("subject"), [](const Suspicion& one) -> Cell { return std::string_view(one.subject); }},
      {&metric("summary"), [](const Suspicion& one) -> Cell { return std::string_view(one.text); }},
      {&metric("wants_seconds"), [](const Suspicion& one) -> Cell { return one.wants_seconds; }},
  };
  return all;
}

Paint paint_of(Severity severity) {
  if (severity == Severity::critical) return Paint::bad;
  return severity == Severity::warning ? Paint::notable : Paint::none;
}

}  // namespace vigie::views
