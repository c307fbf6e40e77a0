// vigie ps: processes, those of runs or any.
#include <pwd.h>
#include <unistd.h>

#include <fmt/format.h>
#include <algorithm>
#include <memory>
#include <optional>
#include <ranges>

#include "act/pattern.hpp"
#include "act/target.hpp"
#include "base/number.hpp"
#include "base/text.hpp"
#include "cli/command.hpp"
#include "cli/look.hpp"
#include "cli/look/ended.hpp"
#include "views/choice.hpp"
#include "views/process_columns.hpp"

namespace vigie::cli {

namespace {

using views::columns_named;
using views::ProcessColumn;
using views::ProcessRow;
using SortKey = views::SortKey<ProcessRow>;

struct PsOptions {
  LookOptions look;
  std::vector<std::string> targets;  ///< as given: one, or several PIDs
  std::string target;
  std::vector<pid_t> several;  ///< those PIDs, ascending; empty when there is one target
  bool all = false;
  bool threads = false;
  bool ended = false;
  bool gpu = false;
  bool since_start = false;
  std::vector<std::string> users;
  std::string cgroup;
  std::vector<std::string> columns;
  std::vector<std::string> sort;
  std::size_t count = 0;
  bool pids = false;
  bool exact = false;
};

/// The command line, checked and looked up.
struct Request {
  std::vector<ProcessColumn> columns;
  std::vector<SortKey> sort;           ///< the first decides, the next where it is equal
  std::vector<uid_t> users;            ///< empty: anybody
  std::optional<act::Pattern> target;  ///< as a pattern; none with --exact
  std::optional<act::Pattern> cgroup;
  bool runs = false;  ///< runs must be recognised
  bool gpus = false;  ///< the GPUs' drivers must be asked
};

/// Whether more than the processes of runs is asked for.
bool names_processes(const PsOptions& options) {
  return options.all || !options.users.empty() || !options.target.empty() || !options.several.empty() ||
         !options.cgroup.empty();
}

bool is_number(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

Result<uid_t> uid_named(const std::string& name) {
  if (const passwd* entry = ::getpwnam(name.c_str()); entry != nullptr) return entry->pw_uid;
  if (is_number(name) && name.size() < 10) return static_cast<uid_t>(std::stoul(name));
  return fail(fmt::format("no user \"{}\"", safe_text(name)), ErrorKind::usage);
}

Result<std::vector<ProcessColumn>> chosen_columns(const PsOptions& options) {
  if (!options.columns.empty()) return columns_named(options.columns);
  if (options.pids) return columns_named({"pid", "command"});
  if (options.look.json || options.look.csv) return views::process_columns_for_programs();
  if (options.threads) {
    return columns_named({"pid", "tid", "user", "state", "cpu_percent", "cpu_seconds", "comm", "command"});
  }
  if (names_processes(options)) {
    return columns_named(
        {"pid", "user", "state", "cpu_percent", "rss_bytes", "cpu_seconds", "elapsed_seconds", "command"});
  }
  return columns_named(
      {"pid", "run", "role", "state", "cpu_percent", "rss_bytes", "threads", "elapsed_seconds", "command"});
}

/// What a rate adds up to, for --since-start; other columns as they are.
std::string_view since_start(std::string_view column) {
  constexpr std::pair<std::string_view, std::string_view> totals[] = {{"cpu_percent", "cpu_seconds"},
                                                                      {"io_bytes_per_second", "io_bytes"},
                                                                      {"read_bytes_per_second", "io_read_bytes"},
                                                                      {"write_bytes_per_second", "io_written_bytes"},
                                                                      {"major_faults_per_second", "major_faults"}};
  const auto* const total = std::ranges::find(totals, column, &std::pair<std::string_view, std::string_view>::first);
  return total == std::end(totals) ? column : total->second;
}

Result<void> add_sort_keys(const PsOptions& options, Request& request) {
  for (const std::string& name : options.sort) {
    const views::WrittenKey key(name);
    Result<std::vector<ProcessColumn>> column = columns_named({std::string(key.name)});
    if (!column) return pass(std::move(column));
    const ProcessColumn& one =
        options.since_start ? views::process_column(since_start(column->front().name())) : column->front();
    request.sort.push_back({one, key.descending});
    request.gpus = request.gpus || one.needs.gpus;
  }
  return {};
}

/// With totals instead of rates where they are wanted, and what a choice of columns by vigie itself is sorted by.
void complete_columns(const PsOptions& options, Request& request) {
  std::vector<ProcessColumn> columns;
  for (const ProcessColumn& column : request.columns) {
    const std::string_view name = options.since_start ? since_start(column.name()) : column.name();
    if (views::find_column(columns, name) == nullptr) columns.push_back(views::process_column(name));
  }
  const bool own_choice = options.columns.empty() && !options.pids && options.look.for_people();
  for (const SortKey& key : request.sort) {
    if (own_choice && views::find_column(columns, key.column.name()) == nullptr)
      columns.insert(columns.end() - 1, key.column);
  }
  request.columns = std::move(columns);
}

Result<Request> understand(const PsOptions& options) {
  Request request;
  Result<std::vector<ProcessColumn>> columns = chosen_columns(options);
  if (!columns) return pass(std::move(columns));
  request.columns = std::move(*columns);
  // No driver is loaded because of a default: like pss_bytes, these columns have to be asked for.
  request.gpus = options.gpu || (!options.columns.empty() && views::needs_of(request.columns).gpus);
  if (options.gpu) views::add_gpu_columns(request.columns);
  if (Result<void> added = add_sort_keys(options, request); !added) return pass(std::move(added));
  complete_columns(options, request);
  for (const std::string& name : options.users) {
    Result<uid_t> uid = uid_named(name);
    if (!uid) return pass(std::move(uid));
    request.users.push_back(*uid);
  }
  if (!options.cgroup.empty()) {
    Result<act::Pattern> pattern = act::Pattern::compile(options.cgroup);
    if (!pattern) return pass(std::move(pattern));
    request.cgroup = std::move(*pattern);
  }
  if (!options.target.empty() && !options.exact) {
    Result<act::Pattern> pattern =
        act::Pattern::compile(std::string_view(options.target).substr(options.target.front() == '%' ? 1 : 0));
    if (!pattern) return pass(std::move(pattern));
    request.target = std::move(*pattern);
  }
  request.runs = !names_processes(options) ||
                 std::ranges::any_of(request.sort, [](const SortKey& key) { return key.column.needs.runs; }) ||
                 views::needs_of(request.columns).runs;
  return request;
}

using Selection = std::vector<std::size_t>;

/// Whether the target, as a pattern, means the process.
bool means(const PsOptions& options, const Request& request, const ProcessSample& process) {
  if (process.id.pid == ::getpid()) return false;  // it has the pattern on its command line
  return options.exact ? process.comm == options.target : request.target->matches(command_text(process));
}

Selection matching(const Snapshot& snapshot, const PsOptions& options, const Request& request) {
  Selection selection;
  for (std::size_t index = 0; index < snapshot.processes.size(); ++index) {
    if (means(options, request, snapshot.processes[index])) selection.push_back(index);
  }
  return selection;
}

/// A PID is that process, a run's name its processes, anything else a pattern over command lines.
Result<Selection> targeted(const Frame& frame, const PsOptions& options, const Request& request) {
  const std::string& text = options.target;
  if (!options.exact && text.front() != '%') {
    const bool named =
        std::ranges::any_of(frame.view.runs, [&](const Run& run) { return run.name == text || run.id == text; });
    if (named || is_number(text)) {
      Result<act::Target> target = act::resolve_target(frame, text);
      if (!target) return pass(std::move(target));
      return std::move(target->processes);
    }
  }
  return matching(*frame.snapshot, options, request);
}

Result<Selection> select(const Frame& frame, const PsOptions& options, const Request& request) {
  Selection selection;
  if (!options.target.empty()) {
    Result<Selection> chosen = targeted(frame, options, request);
    if (!chosen) return chosen;
    selection = std::move(*chosen);
  } else if (names_processes(options)) {
    selection.resize(frame.snapshot->processes.size());
    for (std::size_t index = 0; index < selection.size(); ++index) selection[index] = index;
  } else {
    for (const Run& run : frame.view.runs) {
      for (const Member& member : run.members) selection.push_back(member.process);
    }
  }
  std::erase_if(selection, [&](std::size_t index) {
    const ProcessSample& process = frame.snapshot->processes[index];
    const bool other_user = !request.users.empty() &&
                            (!process.uid || std::ranges::find(request.users, *process.uid) == request.users.end());
    return other_user || (request.cgroup && (!process.cgroup || !request.cgroup->matches(*process.cgroup)));
  });
  return selection;
}

Result<View> render(const Frame& frame, const PsOptions& options, const Request& request) {
  Result<Selection> selection = select(frame, options, request);
  if (!selection) return pass(std::move(selection));
  const bool people = options.look.for_people() && !options.pids;
  const bool fold = people && !names_processes(options);
  std::vector<ProcessRow> rows =
      options.threads ? views::thread_rows(frame, *selection) : views::process_rows(frame, *selection, fold);
  views::sort_by(rows, request.sort);
  if (options.count > 0 && rows.size() > options.count) rows.resize(options.count);

  const bool named = !options.target.empty() || !options.several.empty();
  View view{.text = {}, .status = rows.empty() && named ? 1 : 0};
  if (options.pids) {
    for (const ProcessRow& row : rows) view.text += fmt::format("{}\n", row.process().id.pid);
    return view;
  }
  append_table(view.text, options.look, frame, "processes", views::make_table(request.columns, rows));
  append_note(view.text, options.look, view.status == 1, "no process matches");
  append_late_note(view.text, options.look, frame);
  return view;
}

/// One target, or the PIDs of "1 2" and "1,2".
Result<void> read_targets(PsOptions& options) {
  if (options.targets.empty() && options.exact) return fail("--exact takes the name of a program", ErrorKind::usage);
  if (options.targets.empty()) return {};
  const auto is_list = [](const std::string& text) {
    return std::ranges::all_of(text, [](char c) { return c == ',' || (c >= '0' && c <= '9'); });
  };
  options.target = options.targets.front();
  if (options.targets.size() == 1 && !(is_list(options.target) && options.target.contains(','))) return {};
  for (const std::string& text : options.targets) {
    if (!is_list(text)) return fail("give one pattern or run, or several PIDs", ErrorKind::usage);
    for (const auto word : std::views::split(text, ',')) {
      const std::optional<pid_t> pid = whole_number<pid_t>(std::string_view(word));
      if (!pid) return fail(fmt::format("\"{}\" is no list of PIDs", text), ErrorKind::usage);
      options.several.push_back(*pid);
    }
  }
  options.target.clear();
  if (options.ended) return fail("--ended takes one PID, run or pattern", ErrorKind::usage);
  std::ranges::sort(options.several);
  const auto again = std::ranges::unique(options.several);
  options.several.erase(again.begin(), again.end());
  return {};
}

Result<int> ended(const PsOptions& options) {
  EndedOptions ended{.look = options.look,
                     .target = options.target,
                     .users = {},
                     .columns = options.columns,
                     .sort = options.sort,
                     .count = options.count,
                     .pids = options.pids,
                     .exact = options.exact};
  for (const std::string& name : options.users) {
    Result<uid_t> uid = uid_named(name);
    if (!uid) return pass(std::move(uid));
    ended.users.push_back(*uid);
  }
  return look_at_ended(ended);
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
  command.option("target", options->targets, "PID, run, or regular expression over the command line; or several PIDs")
      .value_name("PATTERN|TARGET");
  command.flag("-a,--all", options->all, "all processes of the host");
  command.flag("--threads", options->threads, "a row for each thread");
  command
      .flag("--ended", options->ended,
            "all processes that ended within the interval, or those of a run, a PID and what it started, or a pattern")
      .excludes("--threads");
  command.flag("--gpu", options->gpu, "with the GPUs of each process, their memory and use").excludes("--ended");
  command.option("-u,--user", options->users, "processes of these users").comma_separated().value_name("USER,...");
  command.option("--cgroup", options->cgroup, "processes whose control group matches")
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
  command.flag("--exact", options->exact, "the process's name is exactly PATTERN");
  add_look_options(command, options->look);
  add_replay_option(command, options->look);
  command.does([options]() -> Result<int> {
    if (Result<void> read = read_targets(*options); !read) return pass(std::move(read));
    if (options->ended) return ended(*options);
    Result<Request> request = understand(*options);
    if (!request) return pass(std::move(request));
    FeedOptions feed;
    feed.fields = views::needs_of(request->columns).fields;
    // Nobody's memory is walked through because of a default: pss_bytes has to be asked for.
    if (options->columns.empty()) feed.fields = feed.fields.without(proc::Field::pss);
    for (const SortKey& key : request->sort) feed.fields = feed.fields | key.column.needs.fields;
    if (request->cgroup) feed.fields = feed.fields | proc::Field::cgroup;
    feed.target = options->target;
    if (!options->several.empty()) feed.only = options->several;
    if (!options->target.empty() && !options->exact) feed.fields = feed.fields | proc::Field::cmdline;
    feed.alone = !request->runs;
    feed.by_name = options->exact;
    feed.threads = options->threads;
    feed.frozen = views::find_column(request->columns, "state") != nullptr;
    if (request->gpus) feed.gpus = GpuWish::if_there;
    if (!options->target.empty()) {
      feed.choose = [&](const ProcessSample& process) { return means(*options, *request, process); };
    }
    // A target may be a run's name: the feed finds out.
    feed.runs = request->runs || (!options->target.empty() && !options->exact);
    return look(options->look, feed, [&](const Frame& frame) { return render(frame, *options, *request); });
  });
}

}  // namespace vigie::cli
