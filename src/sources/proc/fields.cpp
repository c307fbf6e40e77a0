#include "sources/proc/fields.hpp"

#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <limits>

#include "base/file.hpp"

namespace vigie::proc {
namespace {

/// A run's marker is the last variable, a framework's library the last mapping: a read that stops early sees neither.
/// The kernel allows 6 MB of arguments and environment, and 65,530 mappings.
constexpr std::size_t no_limit = std::numeric_limits<std::size_t>::max();

/// A file of a process that is there: missing means that this kernel does not offer it.
template <class T, class Parse>
Reading<T> read_part(const ProcessDir& dir, const char* name, std::string& buffer, std::size_t limit, Parse parse) {
  const int error = dir.read(name, buffer, limit);
  if (error != 0) return error == ESRCH ? Presence::unknown : presence_of_errno(error);
  return Reading<T>(parse(std::string_view(buffer)));
}

Reading<std::string> read_link(const ProcessDir& dir, const char* name) {
  char target[4096];
  const ssize_t length = dir.link(name, target, sizeof target);
  // A kernel thread has no program and ENOENT says so.
  if (length < 0) return presence_of_errno(errno);
  return std::string(target, static_cast<std::size_t>(length));
}

/// The number after `key` at the beginning of a line, or 0.
std::uint64_t number_after(std::string_view text, std::string_view key) {
  for (std::size_t at = text.find(key); at != std::string_view::npos; at = text.find(key, at + 1)) {
    if (at != 0 && text[at - 1] != '\n') continue;
    std::size_t digits = at + key.size();
    while (digits < text.size() && (text[digits] == ' ' || text[digits] == '\t')) ++digits;
    std::uint64_t value = 0;
    std::from_chars(text.data() + digits, text.data() + text.size(), value);
    return value;
  }
  return 0;
}

SchedStat parse_schedstat(std::string_view text) {
  SchedStat sched;
  const char* end = text.data() + text.size();
  const auto first = std::from_chars(text.data(), end, sched.on_cpu_ns);
  if (first.ptr != end) std::from_chars(first.ptr + 1, end, sched.run_delay_ns);
  return sched;
}

/// The unified line "0::/path", else the path of the first line.
std::string parse_cgroup(std::string_view text) {
  std::size_t at = text.find("0::");
  if (at != 0 && at != std::string_view::npos && text[at - 1] != '\n') at = std::string_view::npos;
  const std::size_t begin = at == std::string_view::npos ? text.find(":/") : at + 2;
  if (begin == std::string_view::npos) return {};
  const std::size_t path = text.find('/', begin);
  return path == std::string_view::npos ? std::string() : std::string(text.substr(path, text.find('\n', path) - path));
}

bool may_use_frameworks(const ProcessSample& process) {
  std::string_view program = process.comm;
  if (process.exe) program = std::string_view(*process.exe).substr(process.exe->rfind('/') + 1);
  return program.starts_with("python") || process.comm.starts_with("python") || process.comm.starts_with("pt_") ||
         process.comm.starts_with("torchrun");
}

void read_status(const ProcessDir& dir, std::string& buffer, ProcessSample& process) {
  const int error = dir.read("status", buffer);
  if (error != 0) {
    process.voluntary_switches = process.involuntary_switches = presence_of_errno(error);
    process.cpus_allowed = presence_of_errno(error);
    process.swap_bytes = presence_of_errno(error);
    return;
  }
  // A kernel thread has no memory of its own, hence no such line.
  process.swap_bytes = number_after(buffer, "VmSwap:") * 1024;
  process.voluntary_switches = number_after(buffer, "voluntary_ctxt_switches:");
  process.involuntary_switches = number_after(buffer, "nonvoluntary_ctxt_switches:");
  constexpr std::string_view key = "\nCpus_allowed_list:\t";
  const std::size_t line = buffer.find(key);
  if (line == std::string::npos) {
    process.cpus_allowed = Presence::unsupported;
    return;
  }
  const std::string_view rest = std::string_view(buffer).substr(line + key.size());
  process.cpus_allowed = parse_cpu_list(rest.substr(0, rest.find('\n')));
}

/// Pss of /proc/PID/smaps_rollup in bytes (Documentation/filesystems/proc.rst, since Linux 4.14).
Reading<std::uint64_t> read_pss(const ProcessDir& dir, std::string& buffer) {
  const int error = dir.read("smaps_rollup", buffer);
  if (error != 0) return error == ESRCH ? Presence::unknown : presence_of_errno(error);
  return number_after(buffer, "Pss:") * 1024;
}

std::uint64_t parse_shared(std::string_view statm) {
  static const auto page_size = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  std::size_t at = statm.find(' ');
  if (at != std::string_view::npos) at = statm.find(' ', at + 1);
  std::uint64_t pages = 0;
  if (at != std::string_view::npos) std::from_chars(statm.data() + at + 1, statm.data() + statm.size(), pages);
  return pages * page_size;
}

}  // namespace

Reading<int> read_io_priority(pid_t tid) {
  constexpr int ioprio_who_process = 1;
  // It has no wrapper in glibc.
  const long value = ::syscall(SYS_ioprio_get, ioprio_who_process, tid);
  if (value < 0) return errno == ESRCH ? Presence::unknown : presence_of_errno(errno);
  return static_cast<int>(value);
}

ProcessIo parse_io(std::string_view text) {
  return {.rchar = number_after(text, "rchar:"),
          .wchar = number_after(text, "wchar:"),
          .syscr = number_after(text, "syscr:"),
          .syscw = number_after(text, "syscw:"),
          .read_bytes = number_after(text, "read_bytes:"),
          .write_bytes = number_after(text, "write_bytes:")};
}

namespace {

/// Each of them limits a library of its own; the smallest one tells.
void take_math_threads(std::string_view entry, std::string& smallest) {
  for (const std::string_view name : {"OMP_NUM_THREADS=", "OPENBLAS_NUM_THREADS=", "MKL_NUM_THREADS="}) {
    if (!entry.starts_with(name)) continue;
    const std::string_view value = entry.substr(name.size());
    const auto number = [](std::string_view text) {
      unsigned parsed = 0;
      const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), parsed);
      return error == std::errc{} && end == text.data() + text.size() ? parsed : 0U;
    };
    const unsigned here = number(value);
    if (here > 0 && (smallest.empty() || here < number(smallest))) smallest.assign(value);
  }
}

/// The variables in which launchers that know nothing of PyTorch tell a process its rank and the number of ranks: Open
/// MPI (mpirun(1)), the process managers of MPICH and Intel MPI, srun(1) of Slurm.
struct LauncherNames {
  std::string_view rank, local_rank, size;
};
constexpr std::array<LauncherNames, 3> launchers = {
    {{"OMPI_COMM_WORLD_RANK=", "OMPI_COMM_WORLD_LOCAL_RANK=", "OMPI_COMM_WORLD_SIZE="},
     {"PMI_RANK=", "MPI_LOCALRANKID=", "PMI_SIZE="},
     {"SLURM_PROCID=", "SLURM_LOCALID=", "SLURM_STEP_NUM_TASKS="}}};

struct LauncherRank {
  std::string_view rank, local_rank, size;

  void take(std::string_view entry, const LauncherNames& names) {
    if (entry.starts_with(names.rank)) rank = entry.substr(names.rank.size());
    if (entry.starts_with(names.local_rank)) local_rank = entry.substr(names.local_rank.size());
    if (entry.starts_with(names.size)) size = entry.substr(names.size.size());
  }
  /// One of one is no rank.
  [[nodiscard]] bool is_one() const { return !rank.empty() && !size.empty() && size != "1"; }
};

}  // namespace

RunVariables parse_variables(std::string_view environ) {
  RunVariables variables;
  std::array<LauncherRank, launchers.size()> ranks;
  for (std::size_t at = 0; at < environ.size();) {
    const std::size_t end = std::min(environ.find('\0', at), environ.size());
    const std::string_view entry = environ.substr(at, end - at);
    const auto take = [&](std::string_view name, std::string& into) {
      if (entry.starts_with(name)) into.assign(entry.substr(name.size()));
    };
    take("RANK=", variables.rank);
    take("LOCAL_RANK=", variables.local_rank);
    take("WORLD_SIZE=", variables.world_size);
    take("VIGIE_RUN_ID=", variables.vigie_run_id);
    take_math_threads(entry, variables.math_threads);
    for (std::size_t number = 0; number < launchers.size(); ++number) ranks[number].take(entry, launchers[number]);
    at = end + 1;
  }
  if (!variables.rank.empty() && !variables.world_size.empty()) return variables;
  if (const auto told = std::ranges::find_if(ranks, &LauncherRank::is_one); told != ranks.end()) {
    variables.rank = told->rank;
    variables.local_rank = told->local_rank;
    variables.world_size = told->size;
  }
  return variables;
}

Framework parse_frameworks(std::string_view maps) {
  unsigned found = 0;
  const auto look = [&](std::string_view library, Framework framework) {
    if (maps.find(library) != std::string_view::npos) found |= static_cast<unsigned>(framework);
  };
  look("/libtorch", Framework::torch);
  look("/torch/lib/", Framework::torch);
  look("/libtensorflow", Framework::tensorflow);
  look("/jaxlib/", Framework::jax);
  for (const std::string_view library : {"/libgomp", "/libiomp5", "/libomp.so", "/libopenblas", "/libmkl_"})
    look(library, Framework::threaded_math);
  return static_cast<Framework>(found);
}

namespace {

Reading<Framework> read_frameworks(const ProcessDir& dir, std::string& buffer) {
  const int error = dir.read_to_end("maps", buffer, largest_file);
  if (error != 0) return error == ESRCH ? Presence::unknown : presence_of_errno(error);
  return parse_frameworks(buffer);
}

/// Sets the fields of a program: a kernel thread has none, and that is known without reading.
void set_no_program(Fields fields, ProcessSample& process) {
  if (fields.has(Field::cmdline)) process.cmdline = std::string();
  if (fields.has(Field::exe)) process.exe = Presence::unsupported;
  if (fields.has(Field::cwd)) process.cwd = Presence::unsupported;
  if (fields.has(Field::variables)) process.variables = RunVariables{};
  if (fields.has(Field::frameworks)) process.frameworks = Framework::none;
}

void read_program(const ProcessDir& dir, Fields fields, std::string& buffer, ProcessSample& process) {
  const auto text = [](std::string_view content) { return std::string(content); };
  if (fields.has(Field::cmdline)) process.cmdline = read_part<std::string>(dir, "cmdline", buffer, no_limit, text);
  if (fields.has(Field::exe)) process.exe = read_link(dir, "exe");
  if (fields.has(Field::cwd)) process.cwd = read_link(dir, "cwd");
  if (fields.has(Field::variables)) {
    process.variables = read_part<RunVariables>(dir, "environ", buffer, largest_file, parse_variables);
  }
  if (fields.has(Field::frameworks)) {
    process.frameworks = may_use_frameworks(process) ? read_frameworks(dir, buffer) : Framework::none;
  }
}

}  // namespace

Reading<uid_t> parse_effective_uid(std::string_view status) {
  constexpr std::string_view key = "\nUid:\t";
  const std::size_t line = status.find(key);
  if (line == std::string_view::npos) return Presence::unknown;
  const std::string_view rest = status.substr(line + key.size());
  const std::size_t second = rest.find('\t');
  uid_t uid = 0;
  if (second == std::string_view::npos || second > rest.find('\n') ||
      std::from_chars(rest.data() + second + 1, rest.data() + rest.size(), uid).ec != std::errc{}) {
    return Presence::unknown;
  }
  return uid;
}

Reading<unsigned> parse_cpu_list(std::string_view list) {
  unsigned count = 0;
  const char* at = list.data();
  const char* const end = at + list.size();
  while (true) {
    unsigned first = 0;
    auto [stop, error] = std::from_chars(at, end, first);
    if (error != std::errc{}) return Presence::unknown;
    unsigned last = first;
    if (stop != end && *stop == '-') {
      const auto second = std::from_chars(stop + 1, end, last);
      if (second.ec != std::errc{}) return Presence::unknown;
      stop = second.ptr;
    }
    // Linux numbers far fewer (NR_CPUS): a larger one is garbage, and must not overflow the count.
    if (last < first || last > 1U << 20U || count > 1U << 20U) return Presence::unknown;
    count += last - first + 1;
    if (stop == end) return count;
    if (*stop != ',') return Presence::unknown;
    at = stop + 1;
  }
}

void read_fields(const ProcessDir& dir, Fields fields, std::string& buffer, ProcessSample& process) {
  if (process.kernel_thread) {
    set_no_program(fields, process);
  } else {
    read_program(dir, fields, buffer, process);
  }
  if (fields.has(Field::io)) process.io = read_part<ProcessIo>(dir, "io", buffer, no_limit, parse_io);
  if (fields.has(Field::sched)) {
    process.sched = read_part<SchedStat>(dir, "schedstat", buffer, no_limit, parse_schedstat);
  }
  if (fields.has(Field::wchan)) {
    process.wchan = read_part<std::string>(dir, "wchan", buffer, no_limit, [](std::string_view name) {
      return name == "0" ? std::string() : std::string(name);
    });
  }
  if (fields.has(Field::cgroup)) {
    process.cgroup = read_part<std::string>(dir, "cgroup", buffer, no_limit, parse_cgroup);
  }
  if (fields.has(Field::shared)) {
    process.shared_bytes = read_part<std::uint64_t>(dir, "statm", buffer, no_limit, parse_shared);
  }
  if (fields.has(Field::status)) read_status(dir, buffer, process);
  if (fields.has(Field::pss)) {
    process.pss_bytes = process.kernel_thread ? Reading<std::uint64_t>(std::uint64_t{0}) : read_pss(dir, buffer);
  }
  if (fields.has(Field::io_priority)) process.io_priority = read_io_priority(process.id.pid);
}

}  // namespace vigie::proc
