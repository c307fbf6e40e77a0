// The table itself. Names are the product's interface: rows of `ls`, `ps`, `tree` and `why` are written with them.
#include "model/catalogue.hpp"

#include <array>
#include <cstdio>
#include <cstdlib>

namespace vigie {

namespace {

constexpr std::array metrics = {
    // processes
    Metric{"pid", "PID", Unit::count, 7, "process id"},
    Metric{"ppid", "PPID", Unit::count, 7, "process id of the parent"},
    Metric{"user", "USER", Unit::none, 8, "effective user"},
    Metric{"state", "STATE", Unit::none, 1, "state of a process (proc(5)) or of a run"},
    Metric{"command", "COMMAND", Unit::none, 0, "command line; [name] when it has none"},
    Metric{"comm", "COMM", Unit::none, 15, "name the kernel knows it by"},
    Metric{"exe", "EXE", Unit::none, 0, "program file"},
    Metric{"threads", "THR", Unit::count, 4, "number of threads"},
    Metric{"nice", "NI", Unit::count, 3, "nice value, -20 (first) to 19 (last)"},
    Metric{"ionice", "IO", Unit::none, 4, "I/O scheduling class and level"},
    Metric{"cpu_percent", "CPU%", Unit::percent, 6, "CPU time per time; 100 is one CPU"},
    Metric{"cpu_seconds", "TIME", Unit::seconds, 8, "CPU time used so far"},
    Metric{"rss_bytes", "RSS", Unit::bytes, 6, "resident memory"},
    Metric{"pss_bytes", "PSS", Unit::bytes, 6, "resident memory, shared pages divided by their users"},
    Metric{"shared_bytes", "SHR", Unit::bytes, 6, "resident memory backed by files or shared memory"},
    Metric{"swap_bytes", "SWAP", Unit::bytes, 6, "memory swapped out"},
    Metric{"mem_percent", "MEM%", Unit::percent, 5, "resident memory of the host's memory"},
    Metric{"read_bytes_per_second", "READ/s", Unit::bytes_per_second, 6, "read from storage"},
    Metric{"write_bytes_per_second", "WRITE/s", Unit::bytes_per_second, 7, "written to storage"},
    Metric{"io_wait_percent", "IOW%", Unit::percent, 5, "time waiting for block devices"},
    Metric{"run_delay_percent", "DELAY%", Unit::percent, 6, "time ready to run, but without a CPU"},
    Metric{"major_faults_per_second", "MAJF/s", Unit::per_second, 6, "page faults that had to read from storage"},
    Metric{"voluntary_switches_per_second", "VCS/s", Unit::per_second, 7, "times it gave the CPU up to wait"},
    Metric{"involuntary_switches_per_second", "ICS/s", Unit::per_second, 7, "times the CPU was taken from it"},
    Metric{"wait", "WAIT", Unit::none, 16, "kernel function it sleeps in"},
    Metric{"elapsed_seconds", "AGE", Unit::seconds, 8, "time since it started; of an ended run, how long it ran"},
    Metric{"start_time", "START", Unit::time, 19, "when it started"},
    Metric{"cgroup", "CGROUP", Unit::none, 0, "control group"},
    Metric{"cgroup_reason", "WHY NO CGROUP", Unit::none, 0, "why a run has no control group of its own"},
    Metric{"run", "RUN", Unit::none, 10, "run it belongs to"},
    Metric{"role", "ROLE", Unit::none, 9, "what it is in its run"},
    Metric{"gpu_memory_bytes", "GMEM", Unit::bytes, 6, "GPU memory"},
    Metric{"gpu_busy_percent", "GPU%", Unit::percent, 5, "GPU time per time"},
    Metric{"tid", "TID", Unit::count, 7, "thread id"},
    Metric{"uid", "UID", Unit::count, 5, "number of the effective user"},
    Metric{"virtual_bytes", "VIRT", Unit::bytes, 6, "address space, most of it never used"},
    Metric{"process_group", "PGID", Unit::count, 7, "process group id"},
    Metric{"session", "SID", Unit::count, 7, "session id"},
    Metric{"tty", "TTY", Unit::none, 7, "controlling terminal"},
    Metric{"priority", "PRI", Unit::count, 3, "as the scheduler counts: 20 + nice; negative is real time"},
    Metric{"processor", "CPU", Unit::count, 3, "CPU it last ran on"},
    Metric{"minor_faults", "MINF", Unit::count, 6, "page faults that needed no storage, so far"},
    Metric{"major_faults", "MAJF", Unit::count, 6, "page faults that had to read from storage, so far"},
    Metric{"io_bytes_per_second", "IO/s", Unit::bytes_per_second, 6, "read from and written to storage"},
    Metric{"depth", "DEPTH", Unit::count, 5, "generations below the head of the tree"},
    // processes that ended (`exit` and `elapsed_seconds` as for runs)
    Metric{"end_time", "ENDED", Unit::time, 19, "when it ended"},
    Metric{"parent", "PARENT", Unit::none, 6, "name of the parent"},
    // one target in depth
    Metric{"variable", "VARIABLE", Unit::none, 0, "name of an environment variable"},
    Metric{"value", "VALUE", Unit::none, 0, "its value"},
    // files, maps, limits
    Metric{"fd", "FD", Unit::none, 4, "file descriptor; cwd, root, exe, or mem for a mapped file"},
    Metric{"file_type", "TYPE", Unit::none, 6, "file, dir, device, pipe, socket, memfd, eventfd, epoll, ..."},
    Metric{"mode", "MODE", Unit::none, 4, "r reads, w writes, a only appends"},
    Metric{"size_bytes", "SIZE", Unit::bytes, 6, "size of a file, or of a range of memory"},
    Metric{"position_bytes", "POS", Unit::bytes, 6, "how far it has read or written"},
    Metric{"position_bytes_per_second", "POS/s", Unit::bytes_per_second, 6, "how fast the position moves"},
    Metric{"deleted", "DEL", Unit::none, 3, "the file has no name any more; its space is freed when it is closed"},
    Metric{"device_number", "DEV", Unit::none, 6, "device that holds the file, major:minor"},
    Metric{"inode", "INODE", Unit::count, 8, "number of the file on its device"},
    Metric{"protocol", "PROTO", Unit::none, 5, "protocol of a socket"},
    Metric{"path", "PATH", Unit::none, 0, "the file, or what the kernel calls it"},
    Metric{"address", "ADDRESS", Unit::none, 16, "where a mapping begins, in hexadecimal"},
    Metric{"permissions", "PERM", Unit::none, 4, "read, write, execute, private or shared"},
    Metric{"category", "CATEGORY", Unit::none, 13, "what the memory is for"},
    Metric{"mappings", "MAPS", Unit::count, 5, "ranges of addresses"},
    Metric{"once_bytes", "ONCE", Unit::bytes, 6, "resident memory, each shared page counted once"},
    Metric{"private_bytes", "PRIV", Unit::bytes, 6, "resident memory that nobody else has mapped"},
    Metric{"mapped_shared_bytes", "SHARED", Unit::bytes, 6, "resident memory that others have mapped, too"},
    Metric{"dirty_bytes", "DIRTY", Unit::bytes, 6, "resident memory that was written to"},
    Metric{"growth_bytes", "GROWTH", Unit::bytes, 7, "resident memory gained since the first look"},
    Metric{"limit", "LIMIT", Unit::none, 17, "resource that is limited (getrlimit(2))"},
    Metric{"used", "USED", Unit::count, 7, "how much of it is in use"},
    Metric{"soft_limit", "SOFT", Unit::count, 9, "the limit; the process may raise it to the hard one"},
    Metric{"hard_limit", "HARD", Unit::count, 9, "the most the limit may be raised to"},
    Metric{"limit_unit", "UNIT", Unit::none, 0, "what the limit counts"},
    Metric{"used_percent", "USE%", Unit::percent, 5, "use of the limit"},
    // system calls
    Metric{"thread_state", "DOES", Unit::none, 7, "running, waiting, disk (waits for a device) or stopped"},
    Metric{"call", "CALL", Unit::none, 16, "system call, or where that may not be seen kernel function, it is in"},
    Metric{"sample_percent", "SHARE%", Unit::percent, 6, "of the looks at the process's threads"},
    Metric{"waits_for", "WAITS FOR", Unit::none, 0, "file of the call, or the kind of wait"},
    // system calls, traced
    Metric{"calls", "CALLS", Unit::count, 6, "calls that returned"},
    Metric{"call_errors", "ERR", Unit::count, 4, "calls that failed"},
    Metric{"calls_per_second", "CALLS/s", Unit::per_second, 7, "calls that returned, per second"},
    Metric{"call_milliseconds", "TIMEms", Unit::per_second, 7, "wall time in calls, of all threads together"},
    Metric{"call_time_percent", "TIME%", Unit::percent, 5, "of the time that all calls took"},
    Metric{"mean_microseconds", "MEANus", Unit::per_second, 7, "average time a call took"},
    Metric{"p99_microseconds", "P99us", Unit::per_second, 7,
           "99 of 100 calls took no longer, or at most a quarter less"},
    Metric{"max_microseconds", "MAXus", Unit::per_second, 8, "time the longest call took"},
    Metric{"unfinished_calls", "OPEN", Unit::count, 4, "threads that were in the call at the end; their time counts"},
    Metric{"error_counts", "FAILED WITH", Unit::none, 0, "errors by their name, the most frequent first"},
    Metric{"read_bytes", "READ", Unit::bytes, 6, "read from the file"},
    Metric{"written_bytes", "WRITTEN", Unit::bytes, 7, "written to the file"},
    // network
    Metric{"interface", "IFACE", Unit::none, 8, "network interface"},
    Metric{"link_state", "LINK", Unit::none, 7, "up, down, or unknown for virtual ones"},
    Metric{"link_bytes_per_second", "SPEED/s", Unit::bytes_per_second, 7, "what the link can carry, each way"},
    Metric{"received_bytes_per_second", "RX/s", Unit::bytes_per_second, 6, "bytes received"},
    Metric{"sent_bytes_per_second", "TX/s", Unit::bytes_per_second, 6,
           "bytes sent; of a connection, what was sent again does not count"},
    Metric{"received_packets_per_second", "RXP/s", Unit::per_second, 6, "packets received"},
    Metric{"sent_packets_per_second", "TXP/s", Unit::per_second, 6, "packets sent"},
    Metric{"receive_errors_per_second", "RXE/s", Unit::per_second, 5, "broken packets received"},
    Metric{"send_errors_per_second", "TXE/s", Unit::per_second, 5, "packets that could not be sent"},
    Metric{"receive_drops_per_second", "RXD/s", Unit::per_second, 5, "packets received and thrown away"},
    Metric{"send_drops_per_second", "TXD/s", Unit::per_second, 5, "packets thrown away before they were sent"},
    Metric{"received_bytes", "RX", Unit::bytes, 6, "bytes received so far"},
    Metric{"sent_bytes", "TX", Unit::bytes, 6, "bytes sent so far"},
    Metric{"connection_state", "STATE", Unit::none, 10, "state of the connection, as ss names it"},
    Metric{"local_address", "LOCAL", Unit::none, 0, "own address and port, or name of a unix socket"},
    Metric{"remote_address", "REMOTE", Unit::none, 0, "address and port of the other end"},
    Metric{"rtt_milliseconds", "RTTms", Unit::per_second, 6, "smoothed round-trip time"},
    Metric{"retransmits", "RETR", Unit::count, 4, "segments sent again so far"},
    Metric{"receive_queue", "RECVQ", Unit::bytes, 5, "bytes not yet read; waiting connections when listening"},
    Metric{"send_queue", "SENDQ", Unit::bytes, 5, "bytes not yet acknowledged; most waiting when listening"},
    Metric{"congestion_window", "CWND", Unit::count, 5, "segments that may be under way"},
    Metric{"delivery_bytes_per_second", "DELIV/s", Unit::bytes_per_second, 7, "latest rate of delivery"},
    Metric{"socket_inode", "INODE", Unit::count, 8, "number of the socket; 0 when no process has it any more"},
    Metric{"socket_holders", "HOLDERS", Unit::count, 3, "processes that hold the socket; pid is the first"},
    Metric{"network_namespace", "NETNS", Unit::count, 10, "network namespace it lives in, where not vigie's own"},
    Metric{"connections", "CONNS", Unit::count, 5, "TCP connections"},
    // runs
    Metric{"name", "NAME", Unit::none, 10, "name of the run"},
    Metric{"id", "ID", Unit::none, 6, "id of the run"},
    Metric{"attempt", "TRY", Unit::count, 3, "how often it was started"},
    Metric{"queued_for", "QUEUED FOR", Unit::none, 16, "what a queued run waits for before it starts"},
    Metric{"progress", "PROGRESS", Unit::none, 0, "what its progress bar says; of an ended run, how it ended"},
    Metric{"gpus", "GPUS", Unit::none, 4, "GPUs it uses"},
    Metric{"processes", "PROCS", Unit::count, 5, "processes alive"},
    Metric{"verdict", "VERDICT", Unit::none, 8, "likeliest trouble, as `vigie why` names it"},
    Metric{"supervised", "SUPERVISED", Unit::none, 3, "whether vigie started and keeps it"},
    Metric{"exit", "EXIT", Unit::none, 0, "how it ended"},
    // the host over time: stat
    Metric{"time", "TIME", Unit::none, 8, "end of the interval"},
    Metric{"runnable_threads", "R", Unit::count, 2, "threads on a CPU or waiting for one, without vigie"},
    Metric{"blocked_threads", "B", Unit::count, 2, "threads waiting for I/O"},
    Metric{"forks_per_second", "FORK", Unit::per_second, 4, "processes and threads created"},
    Metric{"memory_free_bytes", "FREE", Unit::bytes, 5, "memory nobody uses, not even as cache"},
    Metric{"memory_used_bytes", "USED", Unit::bytes, 5, "memory that is not available: total less available"},
    Metric{"memory_available_bytes", "AVAIL", Unit::bytes, 5, "memory that programs could get without swapping"},
    Metric{"cache_bytes", "CACHE", Unit::bytes, 5, "page cache, buffers and reclaimable slab"},
    Metric{"swap_used_bytes", "SWPD", Unit::bytes, 5, "swap in use"},
    Metric{"swap_in_bytes_per_second", "SI", Unit::bytes_per_second, 4, "read back from swap"},
    Metric{"swap_out_bytes_per_second", "SO", Unit::bytes_per_second, 4, "written to swap"},
    Metric{"paged_in_bytes_per_second", "BI", Unit::bytes_per_second, 5, "read from block devices"},
    Metric{"paged_out_bytes_per_second", "BO", Unit::bytes_per_second, 5, "written to block devices"},
    Metric{"host_major_faults_per_second", "MAJF", Unit::per_second, 4, "page faults of the host that read storage"},
    Metric{"interrupts_per_second", "IN", Unit::per_second, 5, "interrupts"},
    Metric{"context_switches_per_second", "CS", Unit::per_second, 5, "context switches of all CPUs"},
    Metric{"cpu_us_percent", "US", Unit::percent, 3, "user and nice, of all CPUs together, as vmstat"},
    Metric{"cpu_sy_percent", "SY", Unit::percent, 3, "kernel and interrupts, of all CPUs together, as vmstat"},
    Metric{"cpu", "CPU", Unit::none, 3, "number of a CPU, or all"},
    Metric{"cpu_user_percent", "USR", Unit::percent, 5, "programs, of the CPU time there was (100 = all of it)"},
    Metric{"cpu_nice_percent", "NICE", Unit::percent, 5, "programs with a nice value above 0"},
    Metric{"cpu_system_percent", "SYS", Unit::percent, 5, "the kernel"},
    Metric{"cpu_irq_percent", "IRQ", Unit::percent, 5, "hardware interrupts"},
    Metric{"cpu_softirq_percent", "SOFT", Unit::percent, 5, "soft interrupts"},
    Metric{"cpu_iowait_percent", "WA", Unit::percent, 3, "idle while a thread waited for storage"},
    Metric{"cpu_steal_percent", "ST", Unit::percent, 3, "taken by the hypervisor"},
    Metric{"cpu_guest_percent", "GUEST", Unit::percent, 5, "virtual CPUs of guests"},
    Metric{"cpu_idle_percent", "ID", Unit::percent, 3, "nothing to do"},
    Metric{"disks_read_bytes_per_second", "READ", Unit::bytes_per_second, 5, "read from all disks, each counted once"},
    Metric{"disks_write_bytes_per_second", "WRIT", Unit::bytes_per_second, 5, "written to all disks"},
    Metric{"busiest_disk_percent", "UTL", Unit::percent, 3, "time that the busiest disk was busy"},
    Metric{"net_received_bytes_per_second", "RECV", Unit::bytes_per_second, 5, "received by all network devices"},
    Metric{"net_sent_bytes_per_second", "SEND", Unit::bytes_per_second, 5, "sent by all network devices"},
    Metric{"cpu_some_pressure_percent", "PCPU", Unit::percent, 4, "time in which some task waited for a CPU"},
    Metric{"io_some_pressure_percent", "PIO", Unit::percent, 3, "time in which some task waited for storage"},
    Metric{"io_full_pressure_percent", "FIO", Unit::percent, 3, "time in which all tasks waited for storage"},
    Metric{"memory_some_pressure_percent", "PMEM", Unit::percent, 4, "time in which some task waited for memory"},
    Metric{"memory_full_pressure_percent", "FMEM", Unit::percent, 4, "time in which all tasks waited for memory"},
    Metric{"top_cpu", "TOP-CPU", Unit::none, 16, "run or process that used the CPU most"},
    Metric{"top_disk", "TOP-DISK", Unit::none, 16, "run or process that used the disks most"},
    Metric{"top_memory", "TOP-MEM", Unit::none, 16, "run or process with the most resident memory"},
    // disks and interfaces over time
    Metric{"disk", "DISK", Unit::none, 7, "block device"},
    Metric{"disk_kind", "KIND", Unit::none, 5, "nvme, ssd, hdd, loop, zram, md, dm, ..."},
    Metric{"partition", "PART", Unit::none, 4, "whether it is a part of another"},
    Metric{"reads_per_second", "R/s", Unit::per_second, 5, "read requests that ended"},
    Metric{"disk_read_bytes_per_second", "READ", Unit::bytes_per_second, 5, "bytes read from the device"},
    Metric{"reads_merged_per_second", "RRQM/s", Unit::per_second, 6, "read requests merged into others"},
    Metric{"read_await_seconds", "RAWAIT", Unit::seconds, 6, "average time a read request took, in the queue too"},
    Metric{"read_size_bytes", "RSIZE", Unit::bytes, 5, "average size of a read request"},
    Metric{"writes_per_second", "W/s", Unit::per_second, 5, "write requests that ended"},
    Metric{"disk_write_bytes_per_second", "WRITE", Unit::bytes_per_second, 5, "bytes written to the device"},
    Metric{"writes_merged_per_second", "WRQM/s", Unit::per_second, 6, "write requests merged into others"},
    Metric{"write_await_seconds", "WAWAIT", Unit::seconds, 6, "average time a write request took, in the queue too"},
    Metric{"write_size_bytes", "WSIZE", Unit::bytes, 5, "average size of a write request"},
    Metric{"discards_per_second", "D/s", Unit::per_second, 5, "discard requests that ended"},
    Metric{"discard_bytes_per_second", "DISC", Unit::bytes_per_second, 5, "bytes discarded"},
    Metric{"discard_await_seconds", "DAWAIT", Unit::seconds, 6, "average time a discard request took"},
    Metric{"flushes_per_second", "F/s", Unit::per_second, 5, "flush requests that ended"},
    Metric{"flush_await_seconds", "FAWAIT", Unit::seconds, 6, "average time a flush request took"},
    Metric{"queue_length", "QUEUE", Unit::none, 5, "requests waiting or in service, on average (aqu-sz)"},
    Metric{"disk_busy_percent", "UTIL", Unit::percent, 5, "time with at least one request in flight (%util)"},
    // memory of the host: mem
    Metric{"memory", "MEMORY", Unit::none, 11, "kind of memory"},
    Metric{"total_bytes", "TOTAL", Unit::bytes, 6, "all there is of it"},
    Metric{"used_bytes", "USED", Unit::bytes, 6, "in use"},
    Metric{"free_bytes", "FREE", Unit::bytes, 6, "unused"},
    Metric{"available_bytes", "AVAIL", Unit::bytes, 6, "what programs could get"},
    Metric{"in_bytes_per_second", "IN/s", Unit::bytes_per_second, 6, "traffic into memory"},
    Metric{"out_bytes_per_second", "OUT/s", Unit::bytes_per_second, 6, "traffic out of memory"},
    Metric{"remark", "REMARK", Unit::none, 0, "what it means"},
    // findings
    Metric{"rule", "RULE", Unit::none, 12, "rule that found it"},
    Metric{"severity", "SEVERITY", Unit::none, 8, "info, warning or critical"},
    Metric{"confidence", "CONF", Unit::none, 4, "0 to 1"},
    Metric{"share_percent", "SHARE", Unit::percent, 5, "of the time looked at, what it cost its subject"},
    Metric{"primary", "PRIMARY", Unit::none, 3, "whether it is the likeliest cause for its subject"},
    Metric{"subject", "SUBJECT", Unit::none, 10, "run it is about, or host"},
    Metric{"since", "SINCE", Unit::time, 19, "start of the window it was seen in"},
    Metric{"summary", "SUMMARY", Unit::none, 0, "what is wrong, in one sentence"},
    Metric{"evidence", "EVIDENCE", Unit::none, 0, "measured facts behind it"},
    Metric{"causes", "CAUSES", Unit::none, 0, "what may be behind it"},
    Metric{"actions", "ACTIONS", Unit::none, 0, "what to do"},
    Metric{"earlier_run", "BEFORE", Unit::none, 10, "the run before of the same program in the same directory"},
    Metric{"changes", "CHANGED", Unit::none, 0, "arguments and variables that were changed since"},
    Metric{"rate_before_per_second", "BEFORE/s", Unit::per_second, 8, "steps per second of the earlier run"},
    Metric{"rate_per_second", "NOW/s", Unit::per_second, 8, "steps per second of this one"},
    Metric{"change_percent", "CHANGE", Unit::percent, 6, "how much faster it is now"},
    // checklist
    Metric{"unit", "UNIT", Unit::none, 5, "unit of the value"},
    Metric{"target", "TARGET", Unit::none, 6, "what is wanted of the value"},
    Metric{"status", "STATUS", Unit::none, 8,
           "ok, warning, critical or unknown; of a capability: works, limited, denied, unsupported or missing"},
    Metric{"advice", "ADVICE", Unit::none, 0, "what to do, or the facts; of an unknown item why"},
    // what the host allows
    Metric{"reason", "WHY", Unit::none, 0, "what was found, and what it is for"},
};

constexpr bool names_are_unique() {
  for (std::size_t a = 0; a < metrics.size(); ++a) {
    for (std::size_t b = a + 1; b < metrics.size(); ++b) {
      if (metrics[a].name == metrics[b].name) return false;
    }
  }
  return true;
}
static_assert(names_are_unique());

}  // namespace

const Metric* find_metric(std::string_view name) {
  for (const Metric& one : metrics) {
    if (one.name == name) return &one;
  }
  return nullptr;
}

const Metric& metric(std::string_view name) {
  const Metric* found = find_metric(name);
  if (found == nullptr) {
    std::fprintf(stderr, "vigie: no metric \"%.*s\" in the catalogue\n", static_cast<int>(name.size()), name.data());
    std::abort();
  }
  return *found;
}

}  // namespace vigie
