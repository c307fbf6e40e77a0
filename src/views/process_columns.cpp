#include "views/process_columns.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>

#include "base/users.hpp"
#include "model/gpu_use.hpp"
#include "views/choice.hpp"

namespace vigie::views {

namespace {

using proc::Field;

const ProcessRates* rates_of(const Frame& frame, std::size_t index) {
  return index < frame.delta.processes.size() ? &frame.delta.processes[index] : nullptr;
}

/// Sum over all processes of the row; if none is known, absent like the first one.
template <class Get>
Cell sum_of(const ProcessRow& row, Get get) {
  Reading<double> sum = get(row.index);
  for (const std::size_t index : row.folded) {
    const Reading<double> one = get(index);
    if (one.has_value()) sum = sum.value_or(0) + *one;
  }
  return cell_of(sum);
}

template <Reading<double> ProcessRates::* rate>
Cell rate_cell(const ProcessRow& row) {
  // Of a thread only its CPU is known.
  if (row.thread_sample() != nullptr && rate != &ProcessRates::cpu_percent) return Presence::unsupported;
  if (row.thread_sample() != nullptr) {
    const auto& threads = row.frame->delta.thread_cpu_percent;
    return row.thread < threads.size() ? cell_of(threads[row.thread]) : Cell(Presence::first_sight);
  }
  return sum_of(row, [&](std::size_t index) -> Reading<double> {
    const ProcessRates* rates = rates_of(*row.frame, index);
    return rates != nullptr ? rates->*rate : Reading<double>(Presence::first_sight);
  });
}

template <class Number>
Cell total(const ProcessRow& row, Number number) {
  std::int64_t sum = 0;
  sum += static_cast<std::int64_t>(std::invoke(number, row.process()));
  for (const std::size_t index : row.folded) {
    sum += static_cast<std::int64_t>(std::invoke(number, row.frame->snapshot->processes[index]));
  }
  return sum;
}

Cell user_cell(const ProcessRow& row) {
  const auto& uid = row.process().uid;
  if (!uid.has_value()) return uid.presence();
  return user_name(*row.frame->snapshot, *uid);
}

Cell command_cell(const ProcessRow& row) {
  const ProcessSample& process = row.process();
  if (row.head) return row.branch;
  if (row.branch.empty() && row.folded.empty()) return command_text(process);
  std::string text = row.branch + command_text(process);
  if (!row.folded.empty()) text += fmt::format("  (and {} like it)", row.folded.size());
  return text;
}

Cell cpu_seconds_cell(const ProcessRow& row) {
  if (const ThreadSample* thread = row.thread_sample())
    return static_cast<double>(thread->cpu_ticks) / ticks_per_second;
  return sum_of(row, [&](std::size_t index) -> Reading<double> {
    const ProcessSample& process = row.frame->snapshot->processes[index];
    return static_cast<double>(process.user_ticks + process.system_ticks) / ticks_per_second;
  });
}

Cell mem_percent_cell(const ProcessRow& row) {
  const auto& memory = row.frame->snapshot->host.memory;
  if (!memory.has_value()) return memory.presence();
  if (memory->total == 0) return Presence::unknown;
  const Cell rss = total(row, [](const ProcessSample& process) { return process.rss_bytes; });
  return 100.0 * static_cast<double>(std::get<std::int64_t>(rss)) / static_cast<double>(memory->total);
}

/// The identity of the row's thread, or of its process.
ProcessId started(const ProcessRow& row) {
  const ThreadSample* thread = row.thread_sample();
  return thread != nullptr ? thread->id : row.process().id;
}

Cell start_time_cell(const ProcessRow& row) {
  const std::int64_t boot = row.frame->snapshot->host.boot_wall_ns;
  if (boot == 0) return Presence::unknown;
  return boot + start_boot_ns(started(row));
}

/// Whether it may not run though it looks asleep: in the frozen control group of a run. In a recording only the run's
/// state shows it.
bool is_frozen(const ProcessRow& row) {
  const bool of_paused_run = row.run() != nullptr && row.run()->supervised && row.run()->state == RunState::paused;
  return of_paused_run || std::ranges::binary_search(row.frame->snapshot->frozen, row.process().id.pid);
}

Cell state_cell(const ProcessRow& row) {
  const ThreadSample* thread = row.thread_sample();
  if (row.process().state != 'Z' && is_frozen(row)) return std::string_view("T");
  return std::string_view(thread != nullptr ? &thread->state : &row.process().state, 1);
}

Cell comm_cell(const ProcessRow& row) {
  const ThreadSample* thread = row.thread_sample();
  return thread != nullptr ? std::string_view(thread->comm) : std::string_view(row.process().comm);
}

/// A number that threads have of their own.
template <auto of_process, auto of_thread>
Cell own_number(const ProcessRow& row) {
  const ThreadSample* thread = row.thread_sample();
  return thread != nullptr ? std::int64_t{thread->*of_thread} : std::int64_t{row.process().*of_process};
}

Cell tid_cell(const ProcessRow& row) {
  return std::int64_t{started(row).pid};
}

/// As `vigie run --ionice` takes it (ioprio_set(2)): "best-effort:4", "idle"; "none" follows the nice value.
Cell ionice_cell(const ProcessRow& row) {
  const Reading<int>& priority = row.process().io_priority;
  if (!priority) return priority.presence();
  const int level = *priority & 7;
  switch (*priority >> 13) {
    case 0: return std::string_view("none");
    case 1: return fmt::format("realtime:{}", level);
    case 2: return fmt::format("best-effort:{}", level);
    case 3: return std::string_view("idle");
    default: return Presence::unknown;
  }
}

/// The name of a terminal's device number (Documentation/admin-guide/devices.txt).
Cell tty_cell(const ProcessRow& row) {
  const auto device = static_cast<unsigned>(row.process().tty);
  if (device == 0) return Presence::unsupported;
  const unsigned major = device >> 8U & 0xfffU;
  const unsigned minor = (device & 0xffU) | (device >> 12U & 0xfff00U);
  if (major >= 136 && major <= 143) return fmt::format("pts/{}", minor + (major - 136) * 256);
  if (major == 4 && minor < 64) return fmt::format("tty{}", minor);
  if (major == 4) return fmt::format("ttyS{}", minor - 64);
  return fmt::format("{}:{}", major, minor);
}

Cell io_cell(const ProcessRow& row) {
  return sum_of(row, [&](std::size_t index) -> Reading<double> {
    const ProcessRates* rates = rates_of(*row.frame, index);
    if (rates == nullptr) return Presence::first_sight;
    if (!rates->read_bytes_per_second) return rates->read_bytes_per_second.presence();
    if (!rates->write_bytes_per_second) return rates->write_bytes_per_second.presence();
    return *rates->read_bytes_per_second + *rates->write_bytes_per_second;
  });
}

/// Since the process began.
template <bool read, bool written>
Cell io_total_cell(const ProcessRow& row) {
  return sum_of(row, [&](std::size_t index) -> Reading<double> {
    const Reading<ProcessIo>& io = row.frame->snapshot->processes[index].io;
    if (!io) return io.presence();
    return static_cast<double>((read ? io->read_bytes : 0) + (written ? io->write_bytes : 0));
  });
}

template <SparseReading<std::string> ProcessSample::* text>
Cell text_cell(const ProcessRow& row) {
  const auto& reading = row.process().*text;
  return reading ? Cell(std::string_view(*reading)) : Cell(reading.presence());
}

/// Bytes that may be unknown, all processes of the row together.
template <Reading<std::uint64_t> ProcessSample::* bytes>
Cell bytes_cell(const ProcessRow& row) {
  Reading<std::uint64_t> sum = row.process().*bytes;
  for (const std::size_t index : row.folded) {
    const Reading<std::uint64_t>& one = row.frame->snapshot->processes[index].*bytes;
    if (one) sum = sum.value_or(0) + *one;
  }
  return cell_of(sum);
}

/// The use of the GPUs by the processes of the row.
GpuUse gpu_use(const ProcessRow& row) {
  std::vector<pid_t> pids{row.process().id.pid};
  for (const std::size_t index : row.folded) pids.push_back(row.frame->snapshot->processes[index].id.pid);
  return gpu_use_of(*row.frame, pids);
}

Cell gpus_cell(const ProcessRow& row) {
  const GpuUse use = gpu_use(row);
  if (!row.frame->snapshot->gpus) return row.frame->snapshot->gpus.presence();
  return use.gpus.empty() ? Cell(Presence::unsupported) : Cell(gpu_numbers(*row.frame, use.gpus));
}

Cell run_cell(const ProcessRow& row) {
  const Run* run = row.run();
  if (run == nullptr) return Presence::unsupported;
  return std::string_view(run->name);
}

ProcessColumn column(std::string_view name, std::function<Cell(const ProcessRow&)> cell, Needs needs = {}) {
  return {.metric = &metric(name), .cell = std::move(cell), .needs = needs};
}

Needs read(proc::Fields fields) {
  return {.fields = fields, .runs = false, .gpus = false};
}

Cell role_cell(const ProcessRow& row) {
  const Member* member = row.member();
  if (member == nullptr) return Presence::unsupported;
  if (!row.folded.empty()) return fmt::format("{} workers", row.folded.size() + 1);
  std::string role = describe(*member);
  if (role.empty()) return Presence::unknown;
  return role;
}

}  // namespace

std::string_view user_name(const Snapshot& snapshot, uid_t uid) {
  const auto recorded = std::ranges::lower_bound(snapshot.users, uid, {}, &UserName::uid);
  return recorded != snapshot.users.end() && recorded->uid == uid ? recorded->name : vigie::user_name(uid);
}

const Run* ProcessRow::run() const {
  const auto& run_of = frame->view.run_of;
  if (index >= run_of.size() || run_of[index] < 0) return nullptr;
  return &frame->view.runs[static_cast<std::size_t>(run_of[index])];
}

const Member* ProcessRow::member() const {
  const Run* of = run();
  const auto& member_of = frame->view.member_of;
  if (of == nullptr || index >= member_of.size() || member_of[index] < 0) return nullptr;
  return &of->members[static_cast<std::size_t>(member_of[index])];
}

const Run* run_of(const Frame& frame, const ProcessSample* process) {
  if (process == nullptr) return nullptr;
  return ProcessRow{.frame = &frame, .index = static_cast<std::size_t>(process - frame.snapshot->processes.data())}
      .run();
}

const ThreadSample* ProcessRow::thread_sample() const {
  return thread < frame->snapshot->threads.size() ? &frame->snapshot->threads[thread] : nullptr;
}

const std::vector<ProcessColumn>& process_columns() {
  using Row = ProcessRow;
  using Sample = ProcessSample;
  constexpr Needs of_runs{.fields = {}, .runs = true, .gpus = false};
  constexpr Needs of_gpus{.fields = {}, .runs = false, .gpus = true};
  const auto count = [](auto number) { return [number](const Row& row) { return total(row, number); }; };
  static const std::vector<ProcessColumn> columns = {
      column("pid", [](const Row& row) -> Cell { return std::int64_t{row.process().id.pid}; }),
      column("ppid", [](const Row& row) -> Cell { return std::int64_t{row.process().ppid}; }),
      column("user", user_cell),
      column("state", state_cell),
      column("command", command_cell, read(Field::cmdline)),
      column("comm", comm_cell),
      column("exe", text_cell<&Sample::exe>, read(Field::exe)),
      column("threads", count(&Sample::threads)),
      column("nice", own_number<&Sample::nice, &ThreadSample::nice>),
      column("ionice", ionice_cell, read(Field::io_priority)),
      column("cpu_percent", rate_cell<&ProcessRates::cpu_percent>),
      column("cpu_seconds", cpu_seconds_cell),
      column("rss_bytes", count(&Sample::rss_bytes)),
      column("pss_bytes", bytes_cell<&Sample::pss_bytes>, read(Field::pss)),
      column(
          "shared_bytes", [](const Row& row) { return cell_of(row.process().shared_bytes); }, read(Field::shared)),
      column("swap_bytes", bytes_cell<&Sample::swap_bytes>, read(Field::status)),
      column("mem_percent", mem_percent_cell),
      column("read_bytes_per_second", rate_cell<&ProcessRates::read_bytes_per_second>, read(Field::io)),
      column("write_bytes_per_second", rate_cell<&ProcessRates::write_bytes_per_second>, read(Field::io)),
      column("io_wait_percent", rate_cell<&ProcessRates::io_wait_percent>, read(Field::io_wait)),
      column("run_delay_percent", rate_cell<&ProcessRates::run_delay_percent>, read(Field::sched)),
      column("major_faults_per_second", rate_cell<&ProcessRates::major_faults_per_second>),
      column("voluntary_switches_per_second", rate_cell<&ProcessRates::voluntary_switches_per_second>,
             read(Field::status)),
      column("involuntary_switches_per_second", rate_cell<&ProcessRates::involuntary_switches_per_second>,
             read(Field::status)),
      column("wait", text_cell<&Sample::wchan>, read(Field::wchan)),
      column("elapsed_seconds", [](const Row& row) -> Cell { return age_seconds(*row.frame->snapshot, started(row)); }),
      column("start_time", start_time_cell),
      column("cgroup", text_cell<&Sample::cgroup>, read(Field::cgroup)),
      column("run", run_cell, of_runs),
      column("role", role_cell, of_runs),
      column(
          "gpu_memory_bytes", [](const Row& row) { return cell_of(gpu_use(row).memory_bytes); }, of_gpus),
      column(
          "gpu_busy_percent", [](const Row& row) { return cell_of(gpu_use(row).busy_percent); }, of_gpus),
      column("uid", [](const Row& row) { return cell_of(row.process().uid); }),
      column("virtual_bytes", count(&Sample::virtual_bytes)),
      column("process_group", [](const Row& row) -> Cell { return std::int64_t{row.process().process_group}; }),
      column("session", [](const Row& row) -> Cell { return std::int64_t{row.process().session}; }),
      column("tty", tty_cell),
      column("priority", own_number<&Sample::priority, &ThreadSample::priority>),
      column("processor", own_number<&Sample::processor, &ThreadSample::processor>),
      column("minor_faults", count(&Sample::minor_faults)),
      column("major_faults", count(&Sample::major_faults)),
      column("io_bytes_per_second", io_cell, read(Field::io)),
      column("tid", tid_cell),
      column("gpus", gpus_cell, of_gpus),
      column("io_bytes", io_total_cell<true, true>, read(Field::io)),
      column("io_read_bytes", io_total_cell<true, false>, read(Field::io)),
      column("io_written_bytes", io_total_cell<false, true>, read(Field::io)),
  };
  return columns;
}

std::vector<ProcessRow> process_rows(const Frame& frame, const std::vector<std::size_t>& processes, bool fold) {
  std::vector<ProcessRow> rows;
  rows.reserve(processes.size());
  std::map<std::pair<const Run*, int>, std::size_t> row_of_trainer;
  for (const std::size_t index : processes) {
    ProcessRow row{.frame = &frame, .index = index};
    const Member* member = fold ? row.member() : nullptr;
    if (member != nullptr && member->role == Role::loader_worker) {
      const auto [at, first] = row_of_trainer.try_emplace({row.run(), member->trainer}, rows.size());
      if (!first) {
        rows[at->second].folded.push_back(index);
        continue;
      }
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

std::vector<ProcessRow> thread_rows(const Frame& frame, const std::vector<std::size_t>& processes) {
  std::vector<bool> chosen(frame.snapshot->processes.size());
  for (const std::size_t index : processes) chosen[index] = true;
  std::vector<ProcessRow> rows;
  for (std::size_t thread = 0; thread < frame.snapshot->threads.size(); ++thread) {
    const std::size_t process = frame.snapshot->threads[thread].process;
    if (!chosen[process]) continue;
    ProcessRow& row = rows.emplace_back();
    row.frame = &frame;
    row.index = process;
    row.thread = thread;
  }
  return rows;
}

std::vector<ProcessColumn> below_heads(std::vector<ProcessColumn> columns) {
  for (ProcessColumn& column : columns) {
    if (column.name() == "command") continue;
    column.cell = [cell = std::move(column.cell)](const ProcessRow& row) {
      return row.head ? Cell(std::string_view()) : cell(row);
    };
  }
  return columns;
}

const ProcessColumn& process_column(std::string_view name) {
  return *find_column(process_columns(), name);
}

Result<std::vector<ProcessColumn>> columns_named(const std::vector<std::string>& names) {
  return Choice<ProcessRow>{.all = process_columns(), .aliases = true}.named(names);
}

std::vector<ProcessColumn> process_columns_for_programs() {
  constexpr std::string_view asked_for[] = {"gpus", "io_bytes", "io_read_bytes", "io_written_bytes"};
  return without(process_columns(), asked_for);
}

void add_gpu_columns(std::vector<ProcessColumn>& columns) {
  for (const std::string_view name : {"gpus", "gpu_memory_bytes", "gpu_busy_percent"}) {
    if (find_column(columns, name) != nullptr) continue;
    columns.insert(columns.empty() ? columns.end() : columns.end() - 1, process_column(name));
  }
}

double age_seconds(const Snapshot& snapshot, ProcessId id) {
  const auto age = static_cast<double>(snapshot.after.boot_ns - start_boot_ns(id)) / nanoseconds_per_second;
  return std::max(age, 0.0);
}

}  // namespace vigie::views
