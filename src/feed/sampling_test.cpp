// Every method of sampling against the others, field by field, on the same real processes.
#include "feed/sampling.hpp"

#include <gtest/gtest.h>
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <map>
#include <stdexcept>
#include <thread>

namespace vigie {
namespace {

using proc::Field;
constexpr auto patience = std::chrono::seconds(10);

Root live() {
  Result<Root> root = Root::open();
  if (!root) throw std::runtime_error(root.error().message);
  return std::move(*root);
}

/// Children that do nothing once they are ready, ended and reaped with the object.
class Children {
 public:
  Children() = default;
  Children(const Children&) = delete;
  Children& operator=(const Children&) = delete;
  ~Children() {
    for (const pid_t pid : pids) ::kill(pid, SIGKILL);
    for (const pid_t pid : pids) ::waitpid(pid, nullptr, 0);
  }
  template <class Body>
  pid_t start(Body body) {
    int ready[2];
    if (::pipe(ready) != 0) return -1;
    const pid_t pid = ::fork();
    if (pid == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      body();
      if (::write(ready[1], "x", 1) != 1) ::_exit(1);
      for (;;) ::pause();
    }
    char byte = 0;
    ::close(ready[1]);
    EXPECT_EQ(::read(ready[0], &byte, 1), 1);
    ::close(ready[0]);
    pids.push_back(pid);
    return pid;
  }
  pid_t start() {
    return start([] {});
  }
  std::vector<pid_t> pids;
};

using ByPid = std::map<pid_t, ProcessSample>;

ByPid scan_with(ProcessSampler& sampler, proc::Fields fields) {
  std::vector<ProcessSample> processes;
  const Result<SourceStatus> status = sampler.scan({.fields = fields}, processes);
  EXPECT_TRUE(status) << (status ? "" : status.error().message);
  EXPECT_TRUE(std::ranges::is_sorted(processes, {}, &ProcessSample::id));
  ByPid result;
  for (ProcessSample& process : processes) result[process.id.pid] = std::move(process);
  return result;
}

/// Why this host has no BPF; empty when it has.
std::string no_bpf(const Root& root) {
  const Result<bpf::TaskSource> loaded = bpf::TaskSource::load(root);
  return loaded ? "" : loaded.error().message;
}

void expect_same(const ProcessSample& a, const ProcessSample& b) {
  EXPECT_EQ(a.id, b.id);
  EXPECT_EQ(a.ppid, b.ppid);
  EXPECT_EQ(a.process_group, b.process_group);
  EXPECT_EQ(a.session, b.session);
  EXPECT_EQ(a.state, b.state);
  EXPECT_EQ(a.comm, b.comm);
  EXPECT_EQ(a.nice, b.nice);
  EXPECT_EQ(a.priority, b.priority);
  EXPECT_EQ(a.processor, b.processor);
  EXPECT_EQ(a.tty, b.tty);
  EXPECT_EQ(a.threads, b.threads);
  EXPECT_EQ(a.user_ticks, b.user_ticks);
  EXPECT_EQ(a.system_ticks, b.system_ticks);
  EXPECT_EQ(a.minor_faults, b.minor_faults);
  EXPECT_EQ(a.major_faults, b.major_faults);
  EXPECT_EQ(a.rss_bytes, b.rss_bytes);
  EXPECT_EQ(a.virtual_bytes, b.virtual_bytes);
  EXPECT_EQ(a.kernel_thread, b.kernel_thread);
  EXPECT_EQ(a.uid, b.uid);
  EXPECT_EQ(a.cmdline, b.cmdline);
  EXPECT_EQ(a.exe, b.exe);
  EXPECT_EQ(a.cgroup, b.cgroup);
  EXPECT_EQ(a.io, b.io);
  EXPECT_EQ(a.sched, b.sched);
  EXPECT_EQ(a.io_wait_ticks, b.io_wait_ticks);
}

/// A population that holds still: 300 sleepers, and one of each odd kind.
struct Population {
  Children children;
  pid_t nice, stopped, ended, threads, longest;

  Population() {
    for (int made = 0; made < 300; ++made) children.start();
    nice = children.start([] {
      if (::nice(7) == -1 || ::setsid() < 0) ::_exit(1);
      ::prctl(PR_SET_NAME, "odd ) (R \n name");
    });
    longest = children.start([] { ::prctl(PR_SET_NAME, "fifteen-letters"); });
    // Has changed its user since it began: its files belong to root, itself does not.
    if (::geteuid() == 0) {
      children.start([] {
        if (::setresuid(65534, 65534, 65534) != 0) ::_exit(1);
      });
    }
    threads = children.start([] {
      for (int made = 0; made < 20; ++made) {
        pthread_t thread{};
        pthread_create(
            &thread, nullptr,
            [](void*) -> void* {
              for (;;) ::pause();
            },
            nullptr);
      }
    });
    stopped = children.start();
    ::kill(stopped, SIGSTOP);
    siginfo_t seen{};
    EXPECT_EQ(::waitid(P_PID, static_cast<id_t>(stopped), &seen, WSTOPPED | WNOWAIT), 0);
    ended = children.start();
    ::kill(ended, SIGKILL);
    EXPECT_EQ(::waitid(P_PID, static_cast<id_t>(ended), &seen, WEXITED | WNOWAIT), 0);
  }

  /// Whether each child has gone from write(2) to pause(2), and its threads too.
  [[nodiscard]] bool at_rest(const ByPid& seen) const {
    return std::ranges::all_of(children.pids, [&](pid_t pid) {
      return seen.contains(pid) && seen.at(pid).state != 'R' && seen.at(pid).state != 'D';
    });
  }
};

TEST(Sampling, EveryMethodSaysTheSame) {
  const Root root = live();
  const proc::Fields fields = proc::Fields(Field::cmdline) | Field::exe | Field::cgroup | Field::io | Field::sched;
  const std::string no_bpf_here = no_bpf(root);
  const Population population;
  ProcessSampler reopening(root, Sampling::reopen, Scans::many), keeping(root, Sampling::keep, Scans::many);
  ProcessSampler with_bpf(root, Sampling::bpf, Scans::many);
  ByPid reopen, keep, bpf;
  const auto deadline = std::chrono::steady_clock::now() + patience;
  for (;;) {
    reopen = scan_with(reopening, fields);
    if (population.at_rest(reopen)) break;
    ASSERT_LT(std::chrono::steady_clock::now(), deadline) << "the children do not come to rest";
  }
  for (int scan = 0; scan < 2; ++scan) {  // the second uses what the first has kept
    keep = scan_with(keeping, fields);
    if (no_bpf_here.empty()) bpf = scan_with(with_bpf, fields);
  }
  for (const pid_t pid : population.children.pids) {
    SCOPED_TRACE(pid);
    ASSERT_TRUE(reopen.contains(pid) && keep.contains(pid));
    expect_same(keep.at(pid), reopen.at(pid));
  }
  EXPECT_EQ(keep.at(population.stopped).state, 'T');
  EXPECT_EQ(keep.at(population.ended).state, 'Z');
  EXPECT_GE(keep.at(population.threads).threads, 21U);  // the thread sanitizer adds its own
  EXPECT_EQ(keep.at(population.nice).comm, "odd ) (R \n name");
  EXPECT_EQ(keep.at(population.longest).comm, "fifteen-letters");
  if (!no_bpf_here.empty()) GTEST_SKIP() << "BPF was not compared: " << no_bpf_here;
  for (const pid_t pid : population.children.pids) {
    SCOPED_TRACE(pid);
    ASSERT_TRUE(bpf.contains(pid));
    expect_same(bpf.at(pid), reopen.at(pid));
  }
  // The rest of the host may change in between; what a process is does not.
  std::size_t kernel_threads = 0;
  for (const auto& [pid, process] : bpf) {
    if (!reopen.contains(pid) || reopen.at(pid).id != process.id) continue;
    EXPECT_EQ(process.kernel_thread, reopen.at(pid).kernel_thread) << pid;
    EXPECT_EQ(process.session, reopen.at(pid).session) << pid;
    // What a kernel worker works on changes, and with it the end of its name.
    if (process.kernel_thread && !process.comm.starts_with("kworker")) {
      ++kernel_threads;
      EXPECT_EQ(process.comm, reopen.at(pid).comm) << pid;
    }
  }
  EXPECT_GT(kernel_threads, 0U);
}

TEST(Sampling, TimesOfThreadsAreAddedUp) {
  const Root root = live();
  if (const std::string why = no_bpf(root); !why.empty()) GTEST_SKIP() << why;
  std::atomic<int> busy = 40;
  std::vector<std::jthread> threads;
  for (int made = 0; made < 40; ++made) {
    threads.emplace_back([&busy](const std::stop_token& stop) {
      const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(100);
      while (std::chrono::steady_clock::now() < end) {
      }
      --busy;
      busy.notify_one();
      while (!stop.stop_requested()) std::this_thread::sleep_for(std::chrono::milliseconds(20));
    });
  }
  for (int left = busy; left != 0; left = busy) busy.wait(left);
  ProcessSampler reopening(root, Sampling::reopen, Scans::one), with_bpf(root, Sampling::bpf, Scans::one);
  const ProcessSample a = scan_with(reopening, {}).at(::getpid());
  const ProcessSample b = scan_with(with_bpf, {}).at(::getpid());
  const ProcessSample c = scan_with(reopening, {}).at(::getpid());
  EXPECT_EQ(a.threads, b.threads);
  EXPECT_EQ(a.id, b.id);
  EXPECT_GT(a.user_ticks, 0U);
  // Taken in between, it lies in between.
  EXPECT_LE(a.user_ticks, b.user_ticks);
  EXPECT_LE(b.user_ticks, c.user_ticks);
  EXPECT_LE(a.system_ticks, b.system_ticks);
  EXPECT_LE(b.system_ticks, c.system_ticks);
}

std::string method_of(ProcessSampler& sampler, std::span<const pid_t> only = {}) {
  std::vector<ProcessSample> processes;
  proc::ScanRequest request;
  if (!only.empty()) request.only = only;
  const Result<SourceStatus> status = sampler.scan(request, processes);
  EXPECT_TRUE(status);
  return status ? status->method : "";
}

TEST(Sampling, TellsTheMethod) {
  const Root root = live();
  const pid_t own[] = {::getpid()};
  ProcessSampler reopen(root, Sampling::reopen, Scans::many), keep(root, Sampling::keep, Scans::one);
  ProcessSampler once(root, Sampling::automatic, Scans::one), often(root, Sampling::automatic, Scans::many);
  EXPECT_EQ(method_of(reopen, own), "reopen");
  EXPECT_EQ(method_of(keep, own), "keep");
  EXPECT_EQ(method_of(once, own), "reopen");
  EXPECT_EQ(method_of(often, own), "keep");
}

TEST(Sampling, TakesBpfOnceItPays) {
  const Root root = live();
  const std::string why = no_bpf(root);
  Children children;
  while (children.pids.size() < bpf_pays_from) children.start();
  ProcessSampler once(root, Sampling::automatic, Scans::one);
  EXPECT_EQ(method_of(once), why.empty() ? "bpf" : "reopen");
}

TEST(Sampling, RefusesBpfByNameForASavedHost) {
  const Result<Root> saved = Root::open(std::string(VIGIE_FIXTURES) + "/proc_basic");
  ASSERT_TRUE(saved);
  ProcessSampler by_name(*saved, Sampling::bpf, Scans::one), automatic(*saved, Sampling::automatic, Scans::one);
  std::vector<ProcessSample> processes;
  const Result<SourceStatus> status = by_name.scan({}, processes);
  ASSERT_FALSE(status);
  EXPECT_NE(status.error().message.find("live host only"), std::string::npos);
  EXPECT_EQ(method_of(automatic), "");
}

TEST(Sampling, WordsOfTheCommandLine) {
  for (const Sampling method : {Sampling::automatic, Sampling::reopen, Sampling::keep, Sampling::bpf})
    EXPECT_EQ(sampling_of(name_of(method)), method);
  EXPECT_EQ(sampling_of("procfs"), std::nullopt);
}

}  // namespace
}  // namespace vigie
