// vigie ps: processes, those of runs or any.
#include <fmt/format.h>

#include <memory>
#include <string>
#include <vector>

#include "act/process_selection.hpp"
#include "cli/command.hpp"
#include "cli/look.hpp"
#include "cli/look/ended.hpp"
#include "views/process_choice.hpp"

namespace vigie::cli {

namespace {

using views::columns_named;
using views::ProcessColumn;
using views::ProcessRow;
using SortKey = views::SortKey<ProcessRow>;

struct PsOptions {
  LookOptions look;
  act::SelectionWish which;
  bool threads = false, ended = false, gpu = false, since_start = false, pids = false;
  std::vector<std::string> columns, sort;
  std::size_t count = 0;
};

Result<View> render(const Frame& frame, const PsOptions& options, const act::ProcessSelection& which,
                    const views::ProcessChoice& choice) {
  const Result<std::vector<std::size_t>> selection = which.in(frame);
  RETURN_IF_ERROR(selection);
  const bool fold = options.look.for_people() && !options.pids && which.only_runs();
  std::vector<views::ProcessRow> rows =
      options.threads ? views::thread_rows(frame, *selection) : views::process_rows(frame, *selection, fold);
  views::sort_by(rows, choice.sort);
  if (options.count > 0 && rows.size() > options.count) rows.resize(options.count);

  View view{.text = {}, .status = rows.empty() && which.is_named() ? 1 : 0};
  if (options.pids) {
    for (const views::ProcessRow& row : rows) view.text += fmt::format("{}\n", row.process().id.pid);
    return view;
  }
  append_table(view.text, options.look, frame, "processes", views::make_table(choice.columns, rows));
  append_note(view.text, options.look, view.status == 1, "no process matches");
  append_late_note(view.text, options.look, frame);
  return view;
}

/// `which` must outlive it.
FeedOptions feed_for(const PsOptions& options, const act::ProcessSelection& which, const views::ProcessChoice& choice) {
  const bool pattern = !which.target().empty() && !which.exact();
  const bool runs = which.only_runs() || choice.needs.runs;
  FeedOptions feed;
  feed.what.fields = choice.needs.fields;
  if (which.by_cgroup()) feed.what.fields = feed.what.fields | proc::Field::cgroup;
  if (pattern) feed.what.fields = feed.what.fields | proc::Field::cmdline;
  feed.whom.target = which.target();
  if (!which.pids().empty()) feed.whom.only = which.pids();
  feed.whom.alone = !runs;
  feed.whom.by_name = which.exact();
  feed.what.threads = options.threads;
  feed.what.frozen = views::find_column(choice.columns, "state") != nullptr;
  if (choice.needs.gpus) feed.what.gpus = GpuWish::if_there;
  if (!which.target().empty())
    feed.whom.choose = [selection = &which](const ProcessSample& process) { return selection->means(process); };
  feed.what.runs = runs || pattern;  // the target may be a run's name: the feed finds out
  return feed;
}

Result<int> ps(const PsOptions& options) {
  const Result<act::ProcessSelection> which = act::ProcessSelection::of(options.which);
  RETURN_IF_ERROR(which);
  if (options.ended) {
    return look_at_ended(*which, {.look = options.look,
                                  .columns = options.columns,
                                  .sort = options.sort,
                                  .count = options.count,
                                  .pids = options.pids});
  }
  const Result<views::ProcessChoice> choice = views::process_choice({.columns = options.columns,
                                                                     .sort = options.sort,
                                                                     .for_people = options.look.for_people(),
                                                                     .pids = options.pids,
                                                                     .threads = options.threads,
                                                                     .of_runs = which->only_runs(),
                                                                     .gpus = options.gpu,
                                                                     .since_start = options.since_start});
  RETURN_IF_ERROR(choice);
  return look(options.look, feed_for(options, *which, *choice),
              [&](const Frame& frame) { return render(frame, options, *which, *choice); });
}

}  // namespace

void define_ps(Command& command) {
  auto options = std::make_shared<PsOptions>();
  command.examples(
      "Examples:\n"
      "  vigie ps                                processes of all runs, loader workers folded into one row\n"
      "  vigie ps resnet                         every process of one run\n"
      "  vigie ps -a --sort -rss_bytes -n 10     the ten largest processes of the host\n"
      "  vigie ps 'train.*--epochs'              whose command line matches\n"
      "  vigie ps -a -o pid,user,wait,command    the columns you want; procps' names work, too\n"
      "  vigie ps -a --sort -io -w               who reads and writes storage, again and again\n"
      "  vigie ps -a --sort -io --since-start    who did so most since it began\n"
      "  vigie ps --gpu, vigie ps -a --sort -gpumem   who is on the GPUs\n"
      "  vigie ps --threads 4711                 every thread, with its own CPU\n"
      "  vigie ps --ended -w                     what keeps starting and dying, and how it ends\n"
      "  vigie ps --ended resnet --interval 60   what of a run ends within a minute, and with which status\n"
      "  kill -USR1 $(vigie ps --pids --exact nginx)");
  command
      .option("target", options->which.targets,
              "PID, run, or regular expression over the command line; or several PIDs")
      .value_name("PATTERN|TARGET");
  command.flag("-a,--all", options->which.all, "all processes of the host");
  command.flag("--threads", options->threads, "a row for each thread");
  command
      .flag("--ended", options->ended,
            "all processes that ended within the interval, or those of a run, a PID and what it started, or a pattern")
      .excludes("--threads");
  command.flag("--gpu", options->gpu, "with the GPUs of each process, their memory and use").excludes("--ended");
  command.option("-u,--user", options->which.users, "processes of these users")
      .comma_separated()
      .value_name("USER,...");
  command.option("--cgroup", options->which.cgroup, "processes whose control group matches")
      .value_name("PATTERN")
      .excludes("--ended");
  command.option("-o,--columns", options->columns, "columns, by their names in --json")
      .comma_separated()
      .value_name("COL,...");
  command.option("--sort", options->sort, "sort by these columns; - before one: largest first")
      .comma_separated()
      .value_name("[-]COL,...");
  command
      .flag("--since-start", options->since_start,
            "totals since each process began instead of rates: CPU time, bytes of storage, faults")
      .excludes("--ended");
  command.option("-n,--count", options->count, "at most so many rows").value_name("N");
  command.flag("--pids", options->pids, "only the PIDs, one per line");
  command.flag("--exact", options->which.exact, "the process's name is exactly PATTERN");
  add_look_options(command, options->look);
  add_replay_option(command, options->look);
  command.does([options] { return ps(*options); });
}

}  // namespace vigie::cli
