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
    Metric{"run", "RUN", Unit::none, 10, "run it belongs to"},
    Metric{"role", "ROLE", Unit::none, 8, "what it is in its run"},
    Metric{"gpu_memory_bytes", "GMEM", Unit::bytes, 6, "GPU memory"},
    Metric{"gpu_busy_percent", "GPU%", Unit::percent, 5, "GPU time per time"},
    Metric{"depth", "DEPTH", Unit::count, 5, "generations below the head of the tree"},
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
    // network
    Metric{"interface", "IFACE", Unit::none, 8, "network interface"},
    Metric{"link_state", "LINK", Unit::none, 7, "up, down, or unknown for virtual ones"},
    Metric{"link_bytes_per_second", "SPEED/s", Unit::bytes_per_second, 7, "what the link can carry, each way"},
    Metric{"received_bytes_per_second", "RX/s", Unit::bytes_per_second, 6, "bytes received"},
    Metric{"sent_bytes_per_second", "TX/s", Unit::bytes_per_second, 6, "bytes sent, retransmissions not counted"},
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
    Metric{"progress", "PROGRESS", Unit::none, 0, "what its progress bar says; of an ended run, how it ended"},
    Metric{"gpus", "GPUS", Unit::none, 4, "GPUs it uses"},
    Metric{"processes", "PROCS", Unit::count, 5, "processes alive"},
    Metric{"verdict", "VERDICT", Unit::none, 8, "likeliest trouble, as `vigie why` names it"},
    Metric{"supervised", "SUPERVISED", Unit::none, 3, "whether vigie started and keeps it"},
    Metric{"exit", "EXIT", Unit::none, 0, "how it ended"},
    // findings
    Metric{"rule", "RULE", Unit::none, 12, "rule that found it"},
    Metric{"severity", "SEVERITY", Unit::none, 8, "info, warning or critical"},
    Metric{"confidence", "CONF", Unit::none, 4, "0 to 1"},
    Metric{"primary", "PRIMARY", Unit::none, 3, "whether it is the likeliest cause for its subject"},
    Metric{"subject", "SUBJECT", Unit::none, 10, "run it is about, or host"},
    Metric{"since", "SINCE", Unit::time, 19, "start of the window it was seen in"},
    Metric{"summary", "SUMMARY", Unit::none, 0, "what is wrong, in one sentence"},
    Metric{"evidence", "EVIDENCE", Unit::none, 0, "measured facts behind it"},
    Metric{"causes", "CAUSES", Unit::none, 0, "what may be behind it"},
    Metric{"actions", "ACTIONS", Unit::none, 0, "what to do"},
    // checklist
    Metric{"unit", "UNIT", Unit::none, 5, "unit of the value"},
    Metric{"target", "TARGET", Unit::none, 6, "what is wanted of the value"},
    Metric{"status", "STATUS", Unit::none, 8, "ok, warning, critical or unknown"},
    Metric{"advice", "ADVICE", Unit::none, 0, "what to do, or the facts; of an unknown item why"},
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
