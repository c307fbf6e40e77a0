// vigie check: the checklist, for scripts and for people who want to know what is the matter.
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "act/target.hpp"
#include "base/text.hpp"
#include "cli/command.hpp"
#include "cli/look.hpp"
#include "cli/look/check_places.hpp"
#include "feed/judging.hpp"
#include "format/folded.hpp"
#include "format/paint.hpp"
#include "rules/check/check.hpp"
#include "views/check_columns.hpp"

namespace vigie::cli {

namespace {

struct CheckOptions {
  LookOptions look;
  std::string target;
};

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

/// The table with the advice beside it, folded; below each item where there is no room beside it.
void append_for_people(std::string& out, const LookOptions& options, const Frame& frame,
                       std::vector<rules::CheckItem> items) {
  constexpr std::size_t least_beside = 24, below = 2;
  const std::size_t width = terminal_width();
  if (!options.no_header) {
    const format::Paint paint = views::paint_of(rules::overall(items));
    std::string summary;
    format::append_folded(summary, views::summary_of(items), {.width = width});
    summary.pop_back();
    out += format::painted(summary, paint, may_color(options)) + "\n";
  }
  views::worst_first(items);
  if (width == 0) {
    append_table(out, options, frame, "items", views::make_table(views::check_columns(), items));
    return;
  }
  std::string table;
  constexpr std::string_view advice_alone[] = {"advice"};
  const auto facts = views::without(views::check_columns(), advice_alone);
  append_table(table, options, frame, "items", views::make_table(facts, items));
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
    format::append_folded(out, advice, {.width = width, .column = column, .indent = column});
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
  const std::vector<rules::CheckItem> items = rules::check(frame, subject);
  View view;
  if (options.look.json || options.look.csv) {
    append_table(view.text, options.look, frame, "items", views::make_table(views::check_columns(), items));
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
