// vigie check: the checklist, for scripts and for people who want to know what is the matter.
#include <memory>
#include <string>
#include <vector>

#include "act/check_places.hpp"
#include "act/target.hpp"
#include "cli/command.hpp"
#include "cli/look.hpp"
#include "feed/judging.hpp"
#include "rules/check/check.hpp"
#include "views/check_columns.hpp"
#include "views/check_text.hpp"

namespace vigie::cli {

namespace {

struct CheckOptions {
  LookOptions look;
  std::string target;
};

Result<View> render(const Frame& frame, const CheckOptions& options) {
  rules::CheckSubject subject;
  if (!options.target.empty()) {
    ASSIGN_OR_RETURN(act::Target target, act::resolve_target(frame, options.target));
    if (target.processes.empty()) {
      return fail(target.label + " is over: nothing of it is left to check", ErrorKind::no_target);
    }
    subject.processes = std::move(target.processes);
  }
  subject.places = act::check_places(frame, subject.processes);
  const std::vector<rules::CheckItem> items = rules::check(frame, subject);
  View view;
  if (options.look.for_people()) {
    view.text = views::check_text(
        items, {.header = !options.look.no_header, .color = may_color(options.look), .max_width = terminal_width()});
  } else {
    append_table(view.text, options.look, frame, "items", views::make_table(views::check_columns(), items));
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
    feed.what.fields = proc::Fields(proc::Field::sched) | proc::Field::status | proc::Field::shared |
                       proc::Field::cmdline | proc::Field::cwd;
    feed.what.host = host_parts();
    feed.what.gpus = GpuWish::if_there;
    feed.whom.target = options->target;
    feed.what.detail =
        options->target.empty()
            ? own_group()
            : act::detail_of_target(proc::Details(proc::Detail::cgroup) | proc::Detail::mounts, options->target);
    return look(options->look, feed, [&](const Frame& frame) { return render(frame, *options); });
  });
}

}  // namespace vigie::cli
