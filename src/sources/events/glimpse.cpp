#include "sources/events/glimpse.hpp"

#include <sys/stat.h>

#include <memory>

#include "sources/proc/process_dir.hpp"
#include "sources/proc/read_once.hpp"
#include "sources/proc/stat.hpp"

namespace vigie::events {
namespace {

Glimpse read_stat(const proc::ProcessDir& dir, pid_t pid, std::string& buffer, bool owner) {
  Glimpse glimpse;
  const Fd stat = dir.open("stat");
  ProcessSample process;
  if (!stat || proc::read_once_fd(stat.get(), buffer) != 0 || !proc::parse_stat(buffer, process)) return glimpse;
  glimpse.seen = true;
  glimpse.id = {.pid = pid, .start_ticks = process.id.start_ticks};
  glimpse.ppid = process.ppid;
  glimpse.session = process.session;
  glimpse.state = process.state;
  glimpse.threads = process.threads;
  glimpse.comm = std::move(process.comm);
  glimpse.cpu_ticks = process.user_ticks + process.system_ticks;
  struct stat facts{};
  if (owner) glimpse.uid = ::fstat(stat.get(), &facts) == 0 ? Reading<uid_t>(facts.st_uid) : Presence::unknown;
  return glimpse;
}

}  // namespace

Glimpse glimpse(const Root& root, pid_t pid, std::string& buffer) {
  return read_stat({root, pid, proc::ProcessDir::Open::no}, pid, buffer, false);
}

Glimpse glimpse_of_program(const Root& root, pid_t pid, std::string& buffer) {
  const proc::ProcessDir dir(root, pid, proc::ProcessDir::Open::no);
  // The command line is gone first: when the process ends, before it can be waited for.
  Reading<SharedText> cmdline = Presence::unknown;
  if (dir.read("cmdline", buffer) == 0 && !buffer.empty()) cmdline = std::make_shared<const std::string>(buffer);
  Glimpse glimpse = read_stat(dir, pid, buffer, true);
  glimpse.cmdline = std::move(cmdline);
  return glimpse;
}

}  // namespace vigie::events
