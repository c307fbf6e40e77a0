#include "sources/proc/process_reader.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/clock.hpp"
#include "base/file.hpp"
#include "base/life_lock.hpp"
#include "model/keeper.hpp"
#include "sources/proc/fields.hpp"
#include "sources/proc/process_dir.hpp"
#include "sources/proc/read_once.hpp"
#include "sources/proc/stat.hpp"

namespace vigie::proc {
namespace {

/// smaps_rollup walks the page tables of its process under a lock that the process needs, too: milliseconds for each
/// gigabyte. A scan spends no more than this on it, all processes together.
constexpr double pss_budget_seconds = 0.5;

/// A process that just started may execute another program within one tick of looking the same.
constexpr std::int64_t young_ns = 2 * nanoseconds_per_second;

/// Between a process as sampled and what is remembered of it, either way.
template <class From, class To>
void copy_facts(const From& from, Fields fields, To& to) {
  if (fields.has(Field::cmdline)) to.cmdline = from.cmdline;
  if (fields.has(Field::exe)) to.exe = from.exe;
  if (fields.has(Field::cwd)) to.cwd = from.cwd;
  if (fields.has(Field::cgroup)) to.cgroup = from.cgroup;
  if (fields.has(Field::variables)) to.variables = from.variables;
  if (fields.has(Field::frameworks)) to.frameworks = from.frameworks;
}

void set_unknown(Fields fields, ProcessSample& process) {
  if (fields.has(Field::cmdline)) process.cmdline = Presence::unknown;
  if (fields.has(Field::variables)) process.variables = Presence::unknown;
  if (fields.has(Field::frameworks)) process.frameworks = Presence::unknown;
  if (fields.has(Field::pss)) process.pss_bytes = Presence::unknown;
  if (fields.has(Field::io)) process.io = Presence::unknown;
}

/// The effective user: the owner of the process's directory on the live host. Its files belong to root when it must not
/// be dumped (proc(5)); those of a saved host belong to the user who saved it.
Reading<uid_t> owner_of(const Root& root, const ProcessDir& dir, std::string& buffer) {
  if (!root.live()) return dir.read("status", buffer) == 0 ? parse_effective_uid(buffer) : Presence::unknown;
  return dir.owner();
}

}  // namespace

Fields of_memory() {
  // io waits for exec_update_lock, which an exec from a dead file server holds.
  return Field::cmdline | Field::variables | Field::frameworks | Field::pss | Field::io;
}

KnownProcess* ProcessReader::remembered(pid_t pid) {
  while (cursor_ < known_.size() && known_[cursor_].id.pid < pid) ++cursor_;
  return cursor_ < known_.size() && known_[cursor_].id.pid == pid ? &known_[cursor_] : nullptr;
}

bool ProcessReader::read_stat(pid_t pid, KnownProcess* known, Fd& stat, ProcessSample& process) {
  if (known != nullptr && known->stat) {
    char line[4096];
    const ssize_t got = ::pread(known->stat.get(), line, sizeof line, 0);
    // ESRCH: it has ended. Another process may have its pid by now.
    if (got > 0 && line[got - 1] == '\n' &&
        parse_stat(std::string_view(line, static_cast<std::size_t>(got)), process)) {
      stat = std::move(known->stat);
      return true;
    }
  }
  const ProcessDir dir(setup_.root, pid, ProcessDir::Open::no);
  stat = dir.open("stat");
  if (!stat) {
    if (is_shortage(errno)) shortage_ = errno;
    return false;
  }
  return read_once_fd(stat.get(), buffer_) == 0 && parse_stat(buffer_, process);
}

/// Takes out of `fields` those that this process does not give, or that there is no time for.
void ProcessReader::leave_out_unreadable(Fields& fields, ProcessSample& process) {
  if (setup_.hurry || std::ranges::binary_search(setup_.stuck, process.id.pid)) {
    set_unknown(of_memory() & fields, process);
    fields = fields.without(of_memory());
  }
  if (fields.has(Field::pss) && pss_seconds_ >= pss_budget_seconds) {
    fields = fields.without(Field::pss);
    process.pss_bytes = Presence::unknown;
    ++pss_left_out_;
  }
  if (!setup_.io_wait) process.io_wait_ticks = fields.has(Field::io_wait) ? Presence::unsupported : Presence::not_read;
}

void ProcessReader::remember(const ProcessSample& process, Fields facts, Fd stat) {
  KnownProcess& next = next_.emplace_back();
  next.id = process.id;
  next.comm = process.comm;
  next.virtual_bytes = process.virtual_bytes;
  next.uid = process.uid;
  copy_facts(process, facts, next);
  next.read = facts;
  if (stat && kept_ < setup_.room) {
    ++kept_;
    next.stat = std::move(stat);
  }
}

bool ProcessReader::read(pid_t pid, ProcessSample& process) {
  KnownProcess* const known = remembered(pid);
  Fd stat;
  Fields fields = setup_.fields;
  const bool provided = setup_.provider != nullptr && setup_.provider->fill(pid, fields, process);
  if (!provided && !read_stat(pid, known, stat, process)) return false;
  process.id.pid = pid;
  if (setup_.runs) {
    if (may_be_training(process)) fields = fields | fields_for_runs();
    if (process.id.start_ticks >= setup_.marked_since) fields = fields | Field::variables;
  }
  // exec gives a process another name or, as good as always, another size. Neither may tell in the first moments.
  const bool same = known != nullptr && known->id == process.id && known->comm == process.comm &&
                    known->virtual_bytes == process.virtual_bytes &&
                    setup_.begin.boot_ns - start_boot_ns(process.id) > young_ns;
  if (same && setup_.again && !std::ranges::binary_search(*setup_.again, pid)) fields = static_fields() & fields;
  Fields facts = static_fields() & fields;
  const bool reuse = same && (facts.without(known->read)).empty();
  if (reuse) {
    copy_facts(*known, facts, process);
    if (!provided) process.uid = known->uid;
    fields = fields.without(facts);
  }
  const Fields wanted = fields;
  leave_out_unreadable(fields, process);
  facts = facts.without(wanted.without(fields));  // what was left out is not known
  const Fields files = fields.without(Fields(Field::io_priority) | Field::io_wait);
  const bool many = !process.kernel_thread && files.size() > 2;
  const ProcessDir dir(setup_.root, pid, many ? ProcessDir::Open::yes : ProcessDir::Open::no);
  if (!dir.good()) return false;
  if (!reuse && !provided) process.uid = owner_of(setup_.root, dir, buffer_);
  const Instant before = fields.has(Field::pss) ? now() : Instant{};
  read_fields(dir, fields, buffer_, process);
  if (!setup_.root.live() && fields.has(Field::io_priority)) process.io_priority = Presence::unsupported;
  if (fields.has(Field::pss)) pss_seconds_ += seconds_between(before, now());
  process.false_keeper = setup_.root.live() && process.comm == keeper_comm && !may_hold_life_lock(pid);
  if (setup_.keep) remember(process, facts, std::move(stat));
  return true;
}

}  // namespace vigie::proc
