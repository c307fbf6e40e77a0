#include "keep/queue/gpu_pool.hpp"

#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <string_view>

#include <fmt/format.h>

#include "base/clock.hpp"
#include "base/root.hpp"
#include "sources/gpu/nvml_session.hpp"

namespace vigie::keep {
namespace {

constexpr int patience_ms = 4000;  ///< starting a driver without persistence mode takes seconds
constexpr std::size_t largest_answer = 32 * 1024;

/// A line "+INDEX UUID" for each GPU that is free, "-INDEX UUID" for others; or "!" and why there are none.
std::string answer_of(gpu::nvml::Session& session) {
  const Result<std::vector<GpuSample>> gpus = session.pass(now());
  if (!gpus) return "!" + gpus.error().message;
  std::string text;
  for (const GpuSample& gpu : *gpus) {
    if (!gpu.uuid.empty()) text += fmt::format("{}{} {}\n", is_free(gpu) ? '+' : '-', gpu.index, gpu.uuid);
  }
  if (!text.empty()) return text;
  return gpus->empty() ? "!the driver knows no GPU" : "!no GPU can be used here: vigie gpu says why";
}

/// The child: an answer for each packet, until the other end is closed.
[[noreturn]] void answer(const Fd& socket) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  Result<Root> root = Root::open("/");
  if (!root) ::_exit(1);
  gpu::nvml::Session session(*root, true);  // a card that sleeps is one to be used
  char question = 0;
  while (::recv(socket.get(), &question, 1, 0) > 0) {
    const std::string text = answer_of(session).substr(0, largest_answer);
    if (::send(socket.get(), text.data(), text.size(), MSG_NOSIGNAL) < 0) break;
  }
  ::_exit(0);
}

GpuPool parse(std::string_view text) {
  GpuPool pool;
  if (text.starts_with('!')) pool.problem = text.substr(1);
  while (pool.problem.empty() && !text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    const std::size_t space = line.find(' ');
    if (line.empty() || space == std::string_view::npos) continue;
    GpuPool::Gpu& gpu = pool.gpus.emplace_back();
    gpu.free = line.front() == '+';
    gpu.uuid = line.substr(space + 1);
    std::from_chars(line.data() + 1, line.data() + space, gpu.index);
  }
  return pool;
}

GpuPool unknown(std::string problem) {
  GpuPool pool;
  pool.problem = std::move(problem);
  return pool;
}

}  // namespace

/// With exit signal 0, as the recorder is started: the holder's waitpid(2) for its run does not see it.
bool GpuAsker::start() {
  if (child_ != 0 && ::waitpid(child_, nullptr, WNOHANG | __WALL) == 0) return socket_.get() >= 0;
  child_ = 0;
  int pair[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) return false;
  socket_.reset(pair[0]);
  const Fd theirs(pair[1]);
  const long pid = ::syscall(SYS_clone, 0UL, nullptr, nullptr, nullptr, nullptr);
  if (pid == 0) {
    socket_.reset();
    answer(theirs);
  }
  if (pid > 0) child_ = static_cast<pid_t>(pid);
  return pid > 0;
}

void GpuAsker::end() {
  socket_.reset();
  if (child_ != 0) ::kill(child_, SIGKILL);
}

GpuAsker::~GpuAsker() {
  end();
  // A child that hangs in the kernel is left to the process that reaps orphans.
  for (int tries = 0; child_ != 0 && tries < 20; ++tries) {
    if (::waitpid(child_, nullptr, WNOHANG | __WALL) != 0) return;
    ::poll(nullptr, 0, 10);
  }
}

GpuPool GpuAsker::ask() {
  if (!start()) return unknown("the driver does not answer");
  if (::send(socket_.get(), "?", 1, MSG_NOSIGNAL) != 1) {
    end();
    return unknown("the driver has crashed");
  }
  pollfd item{socket_.get(), POLLIN, 0};
  int ready = 0;
  while ((ready = ::poll(&item, 1, patience_ms)) < 0 && errno == EINTR) {
  }
  std::string text(largest_answer, '\0');
  const ssize_t got = ready > 0 ? ::recv(socket_.get(), text.data(), text.size(), 0) : -1;
  if (got > 0) return parse(std::string_view(text).substr(0, static_cast<std::size_t>(got)));
  end();
  return unknown(ready > 0 ? "the driver has crashed" : "the driver does not answer");
}

}  // namespace vigie::keep
