// vigie tree: processes as their parents started them, with the role of each in its run.
#include <fmt/format.h>
#include <memory>

#include "act/target.hpp"
#include "cli/command.hpp"
#include "cli/look.hpp"
#include "views/forest.hpp"
#include "views/process_columns.hpp"

namespace vigie::cli {

namespace {

struct TreeOptions {
  LookOptions look;
  std::string target;
  bool all = false;
  bool gpu = false;
};

Result<std::vector<views::ProcessRow>> rows_of(const Frame& frame, const TreeOptions& options, bool people) {
  std::vector<views::ProcessRow> rows;
  if (!options.target.empty()) {
    ASSIGN_OR_RETURN(std::vector<act::Target> targets,
                     act::resolve_targets(frame, options.target, act::Naming::by_beginning));
    for (const act::Target& target : targets) {
      if (target.run) {
        views::append_run(rows, frame, *target.run, people);
      } else {
        views::Forest(frame, views::with_descendants(*frame.snapshot, target.processes.front()))
            .append_rows(rows, false);
      }
    }
    return rows;
  }
  if (options.all) {
    std::vector<std::size_t> every(frame.snapshot->processes.size());
    for (std::size_t index = 0; index < every.size(); ++index) every[index] = index;
    views::Forest(frame, std::move(every)).append_rows(rows, false);
    return rows;
  }
  for (std::size_t index = 0; index < frame.view.runs.size(); ++index) {
    if (!frame.view.runs[index].members.empty()) views::append_run(rows, frame, index, people);
  }
  return rows;
}

Result<std::vector<views::ProcessColumn>> chosen_columns(bool people) {
  if (people) return views::columns_named({"pid", "state", "cpu_percent", "rss_bytes", "role", "command"});
  return views::process_columns_for_programs();
}

Result<View> render(const Frame& frame, const TreeOptions& options, const std::vector<views::ProcessColumn>& chosen) {
  const bool people = options.look.for_people();
  ASSIGN_OR_RETURN(std::vector<views::ProcessRow> rows, rows_of(frame, options, people));
  View view;
  if (rows.empty() && people) {
    view.text = "no runs; vigie tree -a shows every process\n";
    return view;
  }
  std::vector<views::ProcessColumn> columns = views::below_heads(chosen);
  if (!people) {
    // The drawing is for people; programs get the depth.
    for (views::ProcessRow& row : rows) row.branch.clear();
    columns.push_back({.metric = &metric("depth"),
                       .cell = [](const views::ProcessRow& row) -> format::Cell { return std::int64_t{row.depth}; }});
  }
  append_table(view.text, options.look, frame, "processes", views::make_table(columns, rows));
  append_late_note(view.text, options.look, frame);
  return view;
}

}  // namespace

void define_tree(Command& command) {
  auto options = std::make_shared<TreeOptions>();
  command.examples(
      "Examples:\n"
      "  vigie tree               all runs\n"
      "  vigie tree resnet        one run: launcher, trainer, loader workers\n"
      "  vigie tree --gpu         with the GPUs that each of them is on\n"
      "  vigie tree 4711          a process and all below it\n"
      "  vigie tree -a            the host");
  command.option("target", options->target, "PID, run, or %PATTERN").value_name("TARGET");
  command.flag("-a,--all", options->all, "all processes of the host");
  command.flag("--gpu", options->gpu, "with the GPUs of each process, their memory and use");
  add_look_options(command, options->look);
  add_replay_option(command, options->look);
  command.does([options]() -> Result<int> {
    ASSIGN_OR_RETURN(std::vector<views::ProcessColumn> columns, chosen_columns(options->look.for_people()));
    if (options->gpu) views::add_gpu_columns(columns);
    FeedOptions feed;
    if (options->gpu) feed.what.gpus = GpuWish::if_there;
    feed.whom.target = options->target;
    feed.what.fields = views::needs_of(columns).fields.without(proc::Field::pss);
    return look(options->look, feed, [&](const Frame& frame) { return render(frame, *options, columns); });
  });
}

}  // namespace vigie::cli
