/* What the BPF program writes for each process and the reader reads: shared by both, so plain C. */
#ifndef VIGIE_BPF_RECORD_H
#define VIGIE_BPF_RECORD_H

/* Times in nanoseconds, memory in pages; CPU time, faults and I/O of all threads, ended ones included. */
struct vigie_task {
  unsigned long long start_boot, user, system, on_cpu;
  unsigned long long shown_user, shown_system; /* what /proc showed last: its times never go back */
  unsigned long long minor_faults, major_faults;
  unsigned long long total_pages;
  long long rss_pages;
  unsigned long long rchar, wchar, syscr, syscw, read_bytes, write_bytes;
  unsigned long long main_on_cpu, main_run_delay; /* of the main thread, as in /proc/PID/schedstat */
  unsigned long long main_block_delay;            /* of the main thread: it waited for block devices */
  int pid, ppid, process_group, session;
  unsigned int threads, uid, task_flags, task_state, exit_state;
  unsigned int processor;
  int static_priority; /* nice + 120 */
  int priority;        /* as shown + 100 */
  int tty_major, tty_minor;
  char comm[16];
};

#endif
