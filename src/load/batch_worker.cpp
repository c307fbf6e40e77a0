#include "load/batch_worker.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>

#include "load/background.hpp"
#include "load/work.hpp"

namespace vigie::load {
namespace {

constexpr std::size_t batch_bytes = 4096;  ///< a pipe of one page holds one batch
constexpr double batch_seconds = 0.01;     ///< of CPU time, for making one
constexpr double peak_every = 5, peak_length = 1.5;

/// Makes batches until its parent ends or reads no more.
[[noreturn]] void make_batches(int pipe, pid_t parent, std::uint64_t peak_bytes) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(0);  // the parent ended before prctl(2)
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::signal(SIGPIPE, SIG_DFL);
  const std::array<char, batch_bytes> batch{};
  Instant last_peak = now();
  last_peak.boot_ns -= 3 * nanoseconds_per_second;  // the first peak comes soon
  while (true) {
    if (peak_bytes > 0 && seconds_between(last_peak, now()) > peak_every) {
      last_peak = now();
      Pages pages(peak_bytes);
      if (pages.valid()) pages.write(0, peak_bytes);
      while (seconds_between(last_peak, now()) < peak_length) compute_for(0.02);
    }
    compute_for(batch_seconds);
    if (::write(pipe, batch.data(), batch.size()) < 0 && errno != EINTR) ::_exit(0);
  }
}

}  // namespace

BatchWorkers::~BatchWorkers() {
  // Not reaped yet, so their pids are theirs.
  for (const Worker& worker : workers_) ::kill(worker.pid, SIGKILL);
  for (const Worker& worker : workers_) ::waitpid(worker.pid, nullptr, 0);
}

Result<void> BatchWorkers::start(unsigned count, std::uint64_t peak_bytes) {
  std::uint32_t lot = 0;
  (void)!::getrandom(&lot, sizeof lot, 0);
  const pid_t parent = ::getpid();
  for (unsigned number = 0; number < count; ++number) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) return fail_errno("cannot make a pipe", errno);
    Fd reads(ends[0]);
    const Fd writes(ends[1]);
    ::fcntl(writes.get(), F_SETPIPE_SZ, static_cast<int>(batch_bytes));
    const pid_t pid = ::fork();
    if (pid < 0) return fail_errno("cannot start a worker", errno);
    if (pid == 0) {
      for (Worker& other : workers_) other.batches.reset();
      reads.reset();
      make_batches(writes.get(), parent, number == lot % count ? peak_bytes : 0);
    }
    workers_.push_back({pid, std::move(reads)});
  }
  return {};
}

bool BatchWorkers::take() {
  std::vector<pollfd> items;
  for (const Worker& worker : workers_) items.push_back({worker.batches.get(), POLLIN, 0});
  if (::poll(items.data(), items.size(), 50) <= 0) return false;
  for (std::size_t tried = 0; tried < items.size(); ++tried) {
    const std::size_t at = next_++ % items.size();
    if (items[at].revents == 0) continue;
    std::array<char, batch_bytes> batch;
    if (::read(items[at].fd, batch.data(), batch.size()) > 0) return true;
    ::waitpid(workers_[at].pid, nullptr, 0);  // the pipe is closed: it has ended
    workers_.erase(workers_.begin() + static_cast<std::ptrdiff_t>(at));
    return false;
  }
  return false;
}

}  // namespace vigie::load
