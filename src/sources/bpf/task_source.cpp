#include "sources/bpf/task_source.hpp"

#include <fcntl.h>
#include <linux/bpf.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <utility>

#include "base/clock.hpp"
#include "sources/bpf/loader.h"

namespace vigie::bpf {
namespace {

constexpr unsigned kernel_thread = 0x00200000;  // PF_KTHREAD of include/linux/sched.h
constexpr std::uint64_t ns_per_tick = nanoseconds_per_second / 100;

#ifdef VIGIE_HAVE_BPF
/// Pids are those of the first PID namespace, and the kernel's times those of the first time namespace, or BPF's would
/// not be what /proc shows. The inode of the first PID namespace is fixed (PROC_PID_INIT_INO).
bool in_first_pid_namespace(const Root& root) {
  char link[32];
  const ssize_t length = ::readlinkat(root.proc(), "self/ns/pid", link, sizeof link);
  return length > 0 && std::string_view(link, static_cast<std::size_t>(length)) == "pid:[4026531836]";
}

bool in_first_time_namespace(const Root& root) {
  char link[32];
  const ssize_t length = ::readlinkat(root.proc(), "self/ns/time", link, sizeof link);
  return length <= 0 || std::string_view(link, static_cast<std::size_t>(length)) == "time:[4026531834]";
}
#endif

/// The letter that /proc/PID/stat shows (fs/proc/array.c, task_state_index).
char state_letter(const vigie_task& task) {
  constexpr unsigned report = 0x7f, idle = 0x402, rtlock = 0x1000, frozen = 0x8000;
  unsigned bits = (task.task_state | task.exit_state) & report;
  if ((task.task_state & idle) == idle) return 'I';
  if ((task.task_state & (rtlock | frozen)) != 0) bits = 2;
  return "RSDTtXZP"[std::bit_width(bits)];
}

/// User and system time as the kernel shows them: the exact sum, divided as the ticks were (cputime_adjust of
/// kernel/sched/cputime.c), and never less than what was shown before.
void settle(vigie_task& task) {
  const unsigned long long total = task.on_cpu;
  if (task.shown_user + task.shown_system >= total) return;
  unsigned long long part = task.system;
  if (task.system != 0 && task.user == 0) part = total;
  if (task.system != 0 && task.user != 0) {
    part = static_cast<unsigned long long>(static_cast<long double>(task.system) * static_cast<long double>(total) /
                                           static_cast<long double>(task.system + task.user));
  }
  task.shown_system = std::max(task.shown_system, part);
  if (total - task.shown_system < task.shown_user) {
    task.shown_system = total - task.shown_user;
  } else {
    task.shown_user = total - task.shown_system;
  }
}

/// As new_encode_dev of include/linux/kdev_t.h.
int encode_device(int major, int minor) {
  return (minor & 0xff) | (major << 8) | ((minor & ~0xff) << 12);
}

}  // namespace

void settle_times(std::vector<vigie_task>& tasks, const std::vector<vigie_task>& before) {
  auto old = before.begin();
  for (vigie_task& task : tasks) {
    while (old != before.end() && old->pid < task.pid) ++old;
    if (old != before.end() && old->pid == task.pid && old->start_boot == task.start_boot) {
      task.shown_user = std::max(task.shown_user, old->shown_user);
      task.shown_system = std::max(task.shown_system, old->shown_system);
    }
    settle(task);
  }
}

bool name_may_be_cut(const vigie_task& task) {
  constexpr unsigned kernel_worker = 0x20;  // PF_WQ_WORKER: its work is part of its name
  if ((task.task_flags & kernel_thread) == 0) return false;
  return (task.task_flags & kernel_worker) != 0 || ::strnlen(task.comm, sizeof task.comm) == sizeof task.comm - 1;
}

void fill_sample(const vigie_task& task, proc::Fields fields, ProcessSample& process) {
  static const auto page_size = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  process.id = {task.pid, task.start_boot / ns_per_tick};
  process.ppid = task.ppid;
  process.process_group = task.process_group;
  process.session = task.session;
  process.state = state_letter(task);
  process.comm.assign(task.comm, ::strnlen(task.comm, sizeof task.comm));
  process.nice = task.static_priority - 120;
  process.priority = task.priority - 100;
  process.processor = static_cast<int>(task.processor);
  process.tty = task.tty_major == 0 ? 0 : encode_device(task.tty_major, task.tty_minor);
  process.threads = task.threads;
  process.user_ticks = task.shown_user / ns_per_tick;
  process.system_ticks = task.shown_system / ns_per_tick;
  process.minor_faults = task.minor_faults;
  process.major_faults = task.major_faults;
  process.rss_bytes = static_cast<std::uint64_t>(std::max(task.rss_pages, 0LL)) * page_size;
  process.virtual_bytes = task.total_pages * page_size;
  process.kernel_thread = (task.task_flags & kernel_thread) != 0;
  process.uid = task.uid;
  process.io_wait_ticks = task.main_block_delay / ns_per_tick;
  if (fields.has(proc::Field::io)) {
    process.io = ProcessIo{task.rchar, task.wchar, task.syscr, task.syscw, task.read_bytes, task.write_bytes};
  }
  if (fields.has(proc::Field::sched)) process.sched = SchedStat{task.main_on_cpu, task.main_run_delay};
}

Result<TaskSource> TaskSource::load([[maybe_unused]] const Root& root) {
#ifdef VIGIE_HAVE_BPF
  if (!root.live()) return fail("BPF sees the live host only");
  if (!in_first_pid_namespace(root)) return fail("BPF would give pids of the host, vigie runs in a PID namespace");
  if (!in_first_time_namespace(root)) return fail("BPF would give times of the host, vigie runs in a time namespace");
  if (::access("/sys/kernel/btf/vmlinux", R_OK) != 0)
    return fail("this kernel has no BTF (/sys/kernel/btf/vmlinux; CONFIG_DEBUG_INFO_BTF)");
  const int link = vigie_bpf_load_tasks();
  if (link == -EPERM || link == -EACCES)
    return fail("loading BPF is not permitted: it takes root, or CAP_BPF and CAP_PERFMON", ErrorKind::denied);
  if (link < 0) return fail_errno("this kernel refuses the BPF task iterator (Linux 6.7 has all it needs)", -link);
  return TaskSource(Fd(link));
#else
  return fail("this vigie was built without BPF (the build needs clang-19, bpftool and libbpf-dev)");
#endif
}

Result<void> TaskSource::look() {
  bpf_attr attributes{};
  attributes.iter_create.link_fd = static_cast<std::uint32_t>(link_.get());
  const Fd iterator(static_cast<int>(::syscall(SYS_bpf, BPF_ITER_CREATE, &attributes, sizeof attributes)));
  if (!iterator) return fail_errno("cannot start the BPF task iterator", errno);
  constexpr std::size_t chunk = 32768 / sizeof(vigie_task);  // the kernel hands out eight pages at once
  tasks_.swap(before_);
  std::size_t bytes = 0;
  for (;;) {
    tasks_.resize(bytes / sizeof(vigie_task) + chunk + 1);
    const ssize_t got =
        ::read(iterator.get(), reinterpret_cast<char*>(tasks_.data()) + bytes, chunk * sizeof(vigie_task));
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (got < 0) return fail_errno("cannot read the BPF task iterator", errno);
    if (got == 0) break;
    bytes += static_cast<std::size_t>(got);
  }
  tasks_.resize(bytes / sizeof(vigie_task));
  std::ranges::sort(tasks_, {}, &vigie_task::pid);
  settle_times(tasks_, before_);
  next_ = 0;
  return {};
}

bool TaskSource::fill(pid_t pid, proc::Fields& fields, ProcessSample& process) {
  while (next_ < tasks_.size() && tasks_[next_].pid < pid) ++next_;
  if (next_ == tasks_.size() || tasks_[next_].pid != pid || name_may_be_cut(tasks_[next_])) return false;
  fill_sample(tasks_[next_], fields, process);
  fields = fields.without(proc::Field::io | proc::Field::sched);
  return true;
}

}  // namespace vigie::bpf
