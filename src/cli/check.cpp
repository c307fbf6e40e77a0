// vigie check: the checklist, for scripts and for people who want to know what is the matter.
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "cli/check_places.hpp"
#include "cli/command.hpp"
#include "cli/look.hpp"
#include "cli/target.hpp"
#include "rules/check.hpp"

namespace vigie::cli {

namespace {

using format::Cell;
using format::Column;
using format::JsonWriter;
using format::Paint;

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

Paint paint_of(const CheckItem& item) {
  switch (item.status) {
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
      {&metric("status"), [](const CheckItem& item) -> Cell { return name_of(item.status); }, {}, paint_of},
      {&metric("advice"), [](const CheckItem& item) -> Cell { return std::string_view(item.advice); }, {}},
  };
  return all;
}

Result<View> render(const Frame& frame, const CheckOptions& options) {
  CheckSubject subject;
  if (!options.target.empty()) {
    Result<Target> target = resolve_target(frame, options.target);
    if (!target) return pass(std::move(target));
    if (target->processes.empty()) {
      return fail(target->label + " is over: nothing of it is left to check", ErrorKind::no_target);
    }
    subject.processes = std::move(target->processes);
  }
  subject.places = check_places(frame, subject.processes);
  const std::vector<CheckItem> items = check(frame, subject);
  View view;
  append_table(view.text, options.look, frame, "items",
               format::make_table(std::span<const Column<CheckItem>>(columns()), std::span<const CheckItem>(items)));
  view.status = static_cast<int>(overall(items));
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
      "  vigie check resnet               the same for a run: its control group, its waiting, its memory\n"
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
    feed.target = options->target;
    feed.detail = options->target.empty()
                      ? own_group()
                      : detail_of_target(proc::Details(proc::Detail::cgroup) | proc::Detail::mounts, options->target);
    return look(options->look, feed, [&](const Frame& frame) { return render(frame, *options); });
  });
}

}  // namespace vigie::cli
