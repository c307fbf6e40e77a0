// vigie check: the checklist, for scripts and for people who want to know what is the matter.
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "act/target.hpp"
#include "base/text.hpp"
#include "cli/command.hpp"
#include "cli/look.hpp"
#include "cli/look/check_places.hpp"
#include "cli/look/folded.hpp"
#include "feed/judging.hpp"
#include "format/paint.hpp"
#include "rules/check/check.hpp"

namespace vigie::cli {

namespace {

using format::Cell;
using format::Column;
using format::JsonWriter;
using format::Paint;
using rules::CheckItem;
using rules::CheckStatus;

struct CheckOptions {
  LookOptions look;
  std::string target;
};

Cell value_cell(const CheckItem& item) {
  if (!item.value) return item.value.presence();
  return std::round(*item.value * 10) / 10;
}

void write_value(JsonWriter& writer, const CheckItem& item) {
  if (item.value) {
    writer.value(*item.value);
  } else {
    writer.null();
  }
}

/// Columns of a line of a table, which may have colours.
std::size_t shown_width(std::string_view line) {
  std::string text;
  for (std::size_t at = 0; at < line.size();) {
    const std::size_t escape = std::min(line.find('\x1b', at), line.size());
    text += line.substr(at, escape - at);
    const std::size_t end = line.find('m', escape);
    at = end == std::string_view::npos ? line.size() : end + 1;
  }
  return display_width(text);
}

Paint paint_of(CheckStatus status) {
  switch (status) {
    case CheckStatus::ok: return Paint::good;
    case CheckStatus::warning: return Paint::notable;
    case CheckStatus::critical: return Paint::bad;
    case CheckStatus::unknown: break;
  }
  return Paint::none;
}

const std::vector<Column<CheckItem>>& columns() {
  static const std::vector<Column<CheckItem>> all = {
      {&metric("id"), [](const CheckItem& item) -> Cell { return item.id; }, {}},
      {&metric("value"), value_cell, write_value},
      {&metric("unit"), [](const CheckItem& item) -> Cell { return item.unit; }, {}},
      {&metric("target"), [](const CheckItem& item) -> Cell { return std::string_view(item.target); }, {}},
      {&metric("status"),
       [](const CheckItem& item) -> Cell { return name_of(item.status); },
       {},
       [](const CheckItem& item) { return paint_of(item.status); }},
      {&metric("advice"), [](const CheckItem& item) -> Cell { return std::string_view(item.advice); }, {}},
  };
  return all;
}

/// What needs somebody first: critical, warning, then what could not be looked at, then what is well.
int rank_of(const CheckItem& item) {
  switch (item.status) {
    case CheckStatus::critical: return 0;
    case CheckStatus::warning: return 1;
    case CheckStatus::unknown: return 2;
    case CheckStatus::ok: break;
  }
  return 3;
}

/// "1 critical, 3 warnings, 18 ok, 1 not known"
std::string summary_of(const std::vector<CheckItem>& items) {
  const auto count = [&](CheckStatus status) { return std::ranges::count(items, status, &CheckItem::status); };
  const auto warnings = count(CheckStatus::warning), unknown = count(CheckStatus::unknown);
  std::string text = fmt::format("{} critical, {} {}, {} ok", count(CheckStatus::critical), warnings,
                                 warnings == 1 ? "warning" : "warnings", count(CheckStatus::ok));
  if (unknown > 0) text += fmt::format(", {} not known", unknown);
  return text;
}

/// The table with the advice beside it, folded; below each item where there is no room beside it.
void append_for_people(std::string& out, const LookOptions& options, const Frame& frame, std::vector<CheckItem> items) {
  constexpr std::size_t least_beside = 24, below = 2;
  const std::size_t width = terminal_width();
  if (!options.no_header) {
    const Paint paint = paint_of(rules::overall(items));
    std::string summary;
    append_folded(summary, summary_of(items), {.width = width});
    summary.pop_back();
    out += format::painted(summary, paint, may_color(options)) + "\n";
  }
  std::ranges::stable_sort(items, {}, rank_of);
  if (width == 0) {
    append_table(out, options, frame, "items",
                 format::make_table(std::span<const Column<CheckItem>>(columns()), std::span<const CheckItem>(items)));
    return;
  }
  std::string table;
  const std::span<const Column<CheckItem>> facts = std::span(columns()).first(columns().size() - 1);
  append_table(table, options, frame, "items", format::make_table(facts, std::span<const CheckItem>(items)));
  std::size_t widest = 0;
  std::vector<std::string_view> lines;
  for (std::size_t begin = 0; begin < table.size();) {
    const std::size_t end = table.find('\n', begin);
    lines.push_back(std::string_view(table).substr(begin, end - begin));
    widest = std::max(widest, shown_width(lines.back()));
    begin = end + 1;
  }
  const std::size_t heads = lines.size() - items.size();
  const bool beside = widest + 1 + least_beside <= width;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    out += lines[i];
    const std::string advice = i < heads ? (beside ? "ADVICE" : "") : safe_text(items[i - heads].advice);
    const std::size_t column = beside ? widest + 1 : below;
    if (advice.empty()) {
      out += '\n';
      continue;
    }
    out += beside ? std::string(column - shown_width(lines[i]), ' ') : "\n" + std::string(column, ' ');
    append_folded(out, advice, {.width = width, .column = column, .indent = column});
  }
}

Result<View> render(const Frame& frame, const CheckOptions& options) {
  rules::CheckSubject subject;
  if (!options.target.empty()) {
    Result<act::Target> target = act::resolve_target(frame, options.target);
    if (!target) return pass(std::move(target));
    if (target->processes.empty()) {
      return fail(target->label + " is over: nothing of it is left to check", ErrorKind::no_target);
    }
    subject.processes = std::move(target->processes);
  }
  subject.places = check_places(frame, subject.processes);
  const std::vector<CheckItem> items = rules::check(frame, subject);
  View view;
  if (options.look.json || options.look.csv) {
    append_table(view.text, options.look, frame, "items",
                 format::make_table(std::span<const Column<CheckItem>>(columns()), std::span<const CheckItem>(items)));
  } else {
    append_for_people(view.text, options.look, frame, items);
  }
  view.status = static_cast<int>(rules::overall(items));
  return view;
}

sys::Parts host_parts() {
  using enum sys::Part;
  return sys::Parts(cpu) | memory | paging | pressure | load | disks | interfaces | mounts | sensors;
}

}  // namespace

void define_check(Command& command) {
  auto options = std::make_shared<CheckOptions>();
  command.examples(
      "Examples:\n"
      "  vigie check                      this machine, and the limits you are under\n"
      "  vigie check resnet               the same for a run: its control group, its waiting, its memory, its GPUs\n"
      "  vigie check --interval 30        a longer look: what holds a GPU and does nothing, memory that grows\n"
      "  vigie check --json | jq '.items[] | select(.status != \"ok\")'\n"
      "Exit status, as of monitoring plugins: 0 all ok, 1 a warning, 2 something critical, 3 not known. What this\n"
      "host does not offer is shown as unknown and does not count. Wrong usage is 2 and no such target 3, as "
      "everywhere.");
  command.option("target", options->target, "PID, run, or %PATTERN").value_name("TARGET");
  add_look_options(command, options->look, "1");
  add_replay_option(command, options->look);
  command.does([options] {
    FeedOptions feed;
    feed.fields = proc::Fields(proc::Field::sched) | proc::Field::status | proc::Field::shared | proc::Field::cmdline |
                  proc::Field::cwd;
    feed.host = host_parts();
    feed.gpus = GpuWish::if_there;
    feed.target = options->target;
    feed.detail =
        options->target.empty()
            ? own_group()
            : act::detail_of_target(proc::Details(proc::Detail::cgroup) | proc::Detail::mounts, options->target);
    return look(options->look, feed, [&](const Frame& frame) { return render(frame, *options); });
  });
}

}  // namespace vigie::cli
