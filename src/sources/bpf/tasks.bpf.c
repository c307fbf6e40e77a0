// Task iterator: one fixed-size record for every process. Only the fields used are declared; their places in the running
// kernel are filled in when it is loaded (CO-RE), so the build needs no kernel headers and no BTF of the build host.
#include <linux/types.h>

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#include "record.h"

typedef unsigned long long u64;
typedef long long s64;

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)
struct seq_file;
struct upid {
  int nr;
};
struct pid {
  struct upid numbers[1];
};
struct percpu_counter {
  s64 count;
};
struct mm_struct {
  unsigned long total_vm;
  struct percpu_counter rss_stat[4];
};
typedef struct {
  unsigned int val;
} kuid_t;
struct cred {
  kuid_t euid;
};
struct task_io_accounting {
  u64 rchar, wchar, syscr, syscw, read_bytes, write_bytes;
};
struct prev_cputime {
  u64 utime, stime;
};
struct tty_driver {
  int major, minor_start;
};
struct tty_struct {
  struct tty_driver* driver;
  int index;
};
struct signal_struct {
  int nr_threads;
  u64 utime, stime, sum_sched_runtime;
  struct prev_cputime prev_cputime;
  unsigned long min_flt, maj_flt;
  struct task_io_accounting ioac;
  struct pid* pids[4];
  struct tty_struct* tty;
};
struct sched_info {
  u64 run_delay;
};
struct sched_entity {
  u64 sum_exec_runtime;
};
struct task_delay_info {
  u64 blkio_delay;
};
struct thread_info {
  unsigned int cpu;
};
struct task_struct {
  struct thread_info thread_info;
  unsigned int __state, flags;
  int exit_state, prio, static_prio, pid, tgid;
  struct task_struct *real_parent, *group_leader;
  struct signal_struct* signal;
  struct mm_struct* mm;
  const struct cred* cred;
  u64 start_boottime, utime, stime;
  unsigned long min_flt, maj_flt;
  struct sched_entity se;
  struct sched_info sched_info;
  struct task_io_accounting ioac;
  struct task_delay_info* delays;
  char comm[16];
};
struct bpf_iter_meta {
  struct seq_file* seq;
};
struct bpf_iter__task {
  struct bpf_iter_meta* meta;
  struct task_struct* task;
};
#pragma clang attribute pop

struct bpf_iter_task {
  u64 opaque[3];
} __attribute__((aligned(8)));
extern void* bpf_rdonly_cast(const void* object, unsigned int btf_id) __ksym;
extern int bpf_iter_task_new(struct bpf_iter_task* it, struct task_struct* task, unsigned int flags) __ksym;
extern struct task_struct* bpf_iter_task_next(struct bpf_iter_task* it) __ksym;
extern void bpf_iter_task_destroy(struct bpf_iter_task* it) __ksym;

enum { process_threads = 2 };                        // BPF_TASK_ITER_PROC_THREADS
enum { file_pages = 0, anon_pages = 1, shmem_pages = 3 };  // of rss_stat
enum { group = 2, session = 3 };                     // PIDTYPE_PGID, PIDTYPE_SID

static __always_inline void add_io(struct vigie_task* out, const struct task_io_accounting* io) {
  out->rchar += io->rchar;
  out->wchar += io->wchar;
  out->syscr += io->syscr;
  out->syscw += io->syscw;
  out->read_bytes += io->read_bytes;
  out->write_bytes += io->write_bytes;
}

static __always_inline void add_thread(struct vigie_task* out, const struct task_struct* thread) {
  out->user += thread->utime;
  out->system += thread->stime;
  out->on_cpu += thread->se.sum_exec_runtime;
  out->minor_faults += thread->min_flt;
  out->major_faults += thread->maj_flt;
  add_io(out, &thread->ioac);
}

static __always_inline void add_process(struct vigie_task* out, struct signal_struct* signal) {
  out->threads = signal->nr_threads;
  out->user = signal->utime;
  out->system = signal->stime;
  out->on_cpu = signal->sum_sched_runtime;
  out->shown_user = signal->prev_cputime.utime;
  out->shown_system = signal->prev_cputime.stime;
  out->minor_faults = signal->min_flt;
  out->major_faults = signal->maj_flt;
  add_io(out, &signal->ioac);
  struct pid* const pgrp = signal->pids[group];
  struct pid* const sid = signal->pids[session];
  if (pgrp) out->process_group = pgrp->numbers[0].nr;
  if (sid) out->session = sid->numbers[0].nr;
}

static __always_inline void add_memory(struct vigie_task* out, struct mm_struct* mm) {
  out->total_pages = mm->total_vm;
  // Each counter is shown as 0 when its batches left it below (percpu_counter_read_positive).
  const s64 file = mm->rss_stat[file_pages].count;
  const s64 anon = mm->rss_stat[anon_pages].count;
  const s64 shmem = mm->rss_stat[shmem_pages].count;
  out->rss_pages = (file > 0 ? file : 0) + (anon > 0 ? anon : 0) + (shmem > 0 ? shmem : 0);
}

SEC("iter/task")
int vigie_tasks(struct bpf_iter__task* ctx) {
  struct task_struct* const trusted = ctx->task;
  if (!trusted || trusted->pid != trusted->tgid) return 0;
  // For every pointer that is followed from a trusted one the kernel searches all its types by name, three times: most of
  // the time of loading. What is only read needs no trust.
  const struct task_struct* const task = bpf_rdonly_cast(trusted, bpf_core_type_id_kernel(struct task_struct));
  struct vigie_task out = {};
  struct signal_struct* const signal = task->signal;
  if (!signal) return 0;
  add_process(&out, signal);
  if (out.threads > 1) {
    struct bpf_iter_task threads;
    struct task_struct* thread;
    bpf_iter_task_new(&threads, trusted, process_threads);
    while ((thread = bpf_iter_task_next(&threads))) add_thread(&out, thread);
    bpf_iter_task_destroy(&threads);
  } else {
    add_thread(&out, task);
  }
  struct mm_struct* const mm = task->mm;
  if (mm) add_memory(&out, mm);
  out.pid = task->tgid;
  out.ppid = task->real_parent->tgid;
  out.start_boot = task->start_boottime;
  out.main_on_cpu = task->se.sum_exec_runtime;
  out.main_run_delay = task->sched_info.run_delay;
  out.uid = task->cred->euid.val;
  out.task_flags = task->flags;
  out.task_state = task->__state;
  out.exit_state = task->exit_state;
  if (bpf_core_field_exists(task->delays) && task->delays) out.main_block_delay = task->delays->blkio_delay;
  out.static_priority = task->static_prio;
  out.priority = task->prio;
  out.processor = task->thread_info.cpu;
  struct tty_struct* const tty = signal->tty;
  if (tty) {
    out.tty_major = tty->driver->major;
    out.tty_minor = tty->driver->minor_start + tty->index;
  }
  bpf_probe_read_kernel_str(out.comm, sizeof out.comm, task->comm);
  bpf_seq_write(ctx->meta->seq, &out, sizeof out);
  return 0;
}

char LICENSE[] SEC("license") = "GPL";
