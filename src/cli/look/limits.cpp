// vigie limits: what the kernel and control groups allow processes, and how much of it they use.
#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "act/target.hpp"
#include "cli/command.hpp"
#include "cli/look.hpp"
#include "views/limit_rows.hpp"

namespace vigie::cli {

namespace {

struct LimitsOptions {
  LookOptions look;
  std::string target;
};

Result<View> render(const Frame& frame, const LimitsOptions& options) {
  View view;
  RETURN_IF_ERROR(some_detail_readable(frame, &ProcessDetail::limits, "limits"));
  const std::vector<views::LimitRow> rows = views::limit_rows(frame);
  const bool people = options.look.for_people();
  append_table(view.text, options.look, frame, "limits",
               views::make_table(people ? views::for_people(views::limit_columns()) : views::limit_columns(), rows));
  const auto denied = [](const views::LimitRow& row) {
    return row.group.empty() && row.used.presence() == Presence::denied;
  };
  append_note(view.text, options.look, std::ranges::any_of(rows, denied),
              "open files are counted for your own processes; root (CAP_SYS_PTRACE) sees those of others");
  return view;
}

}  // namespace

void define_limits(Command& command) {
  auto options = std::make_shared<LimitsOptions>();
  command.examples(
      "Examples:\n"
      "  vigie limits resnet                what is nearly used up stands first\n"
      "  vigie limits 4711 --json           in base units");
  command.option("TARGET", options->target, "PID, run, or %PATTERN").required();
  add_look_options(command, options->look, "0");
  command.does([options] {
    FeedOptions feed = act::feed_about(options->target, proc::Detail::limits | proc::Detail::cgroup);
    feed.whom.alone = false;  // RLIMIT_NPROC counts the processes of the user, wherever they are
    return look(options->look, feed, [&](const Frame& frame) { return render(frame, *options); });
  });
}

}  // namespace vigie::cli
