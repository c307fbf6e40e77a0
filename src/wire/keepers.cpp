#include "wire/keepers.hpp"

#include <fcntl.h>
#include <linux/magic.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include <fmt/format.h>

#include "base/clock.hpp"
#include "base/file.hpp"
#include "base/life_lock.hpp"
#include "base/process.hpp"
#include "model/keeper.hpp"
#include "wire/run_file.hpp"

namespace vigie::wire {
namespace {

constexpr char change_lock_name[] = "lock";
constexpr double patience_seconds = 10;
constexpr int pace_ms = 5;

/// Of an open file description (fcntl(2), F_OFD_SETLK): a keeper inherits it.
struct flock whole(short type) {
  struct flock lock{};
  lock.l_type = type;
  lock.l_whence = SEEK_SET;
  return lock;
}

/// During the wait the run may have been removed, and the file with it.
bool still_there(const Fd& file, const std::string& directory) {
  struct stat held{}, named{};
  return ::fstat(file.get(), &held) == 0 && ::stat((directory + "/" + change_lock_name).c_str(), &named) == 0 &&
         held.st_ino == named.st_ino && held.st_dev == named.st_dev;
}

/// A process that cannot be looked at is not dead.
bool lives(ProcessId id) {
  ProcessStat stat;
  if (const int error = read_process_stat(id.pid, stat)) return is_shortage(error);
  return stat.start_ticks == id.start_ticks && stat.state != 'Z' && stat.state != 'X';
}

bool is_keeper(pid_t pid) {
  const std::optional<ProcessStat> stat = stat_of_process(pid);
  return stat && stat->comm == keeper_comm && may_hold_life_lock(pid);
}

/// The kernel's word goes before the record's: a pid in a file can be anybody's.
ProcessId named_by(pid_t owner, ProcessId written) {
  if (owner <= 0 || owner == written.pid) return owner > 0 ? written : ProcessId{};
  const std::optional<ProcessStat> stat = stat_of_process(owner);
  return stat ? ProcessId{owner, stat->start_ticks} : ProcessId{};
}

bool may_be_starting(const RunRecord& record) {
  return record.state == RunState::starting || record.state == RunState::queued;
}

Keepers by_locks(const RunRecord& record, const LifeLocks& locks) {
  Keepers keepers{.alive = locks.held_by_holder || locks.held_by_recorder || locks.unknown};
  if (locks.held_by_holder) keepers.holder = named_by(locks.holder, record.holder);
  if (locks.held_by_recorder) keepers.recorder = named_by(locks.recorder, record.recorder);
  return keepers;
}

/// Also where another file of that name replaced the locked one (a directory that was copied back). Then the processes
/// must look like keepers, too.
Keepers by_pids(const RunRecord& record, bool must_be_keepers) {
  const auto keeps = [must_be_keepers](ProcessId id) { return lives(id) && (!must_be_keepers || is_keeper(id.pid)); };
  Keepers keepers;
  if (keeps(record.holder)) keepers.holder = record.holder;
  if (keeps(record.recorder)) keepers.recorder = record.recorder;
  keepers.alive = keepers.holder.pid > 0 || keepers.recorder.pid > 0;
  return keepers;
}

/// A file system that no other machine has at the same time: this machine wrote there, whatever its name was then.
bool is_on_local_disk(const std::string& directory) {
  constexpr std::array<unsigned long, 9> local = {
      EXT4_SUPER_MAGIC,      XFS_SUPER_MAGIC,      BTRFS_SUPER_MAGIC,         TMPFS_MAGIC, F2FS_SUPER_MAGIC,
      OVERLAYFS_SUPER_MAGIC, 0x2FC12FC1 /* ZFS */, 0xCA451A4E /* bcachefs */, RAMFS_MAGIC};
  struct statfs kind{};
  return ::statfs(directory.c_str(), &kind) == 0 &&
         std::ranges::find(local, static_cast<unsigned long>(kind.f_type)) != local.end();
}

}  // namespace

Keepers keepers_of(const RunRecord& record, const ProcessSpace& here, Changing changing) {
  const bool renamed = !record.place.machine_id.empty() && record.place.machine_id == here.machine_id;
  if (!same_machine(record.place, here) && !(renamed && is_on_local_disk(record.directory)))
    return {.alive = true, .assumed = true, .elsewhere = "it runs on " + record.place.host};
  const std::optional<LifeLocks> locks = life_locks(record.directory + "/" + life_lock_name);
  const bool same = same_numbers(record.place, here);
  Keepers keepers = locks ? by_locks(record, *locks) : Keepers{};
  if (!keepers.alive && same) keepers = by_pids(record, locks.has_value());
  const bool may_start = changing == Changing::perhaps_others && may_be_starting(record);
  if (!keepers.alive && may_start && is_being_changed(record.directory)) keepers.alive = keepers.starting = true;
  if (keepers.alive && !same) {
    keepers.holder = keepers.recorder = {};
    keepers.elsewhere = "it runs in another PID namespace, as in a container";
    if (record.place.pid_namespace == here.pid_namespace) keepers.elsewhere = "it runs in another time namespace";
    if (!same_boot(record.place, here)) keepers.elsewhere = "it runs under another boot of the kernel";
    if (here.boot_id.empty()) keepers.elsewhere = "/proc is not mounted here: its processes cannot be seen";
  }
  return keepers;
}

Keepers keepers_of(const RunRecord& record) {
  return keepers_of(record, this_process_space());
}

RunState state_of(const RunRecord& record, const Keepers& keepers) {
  if (is_over(record.state)) return record.state;
  if (!keepers.alive) return RunState::lost;
  return keepers.elsewhere.empty() ? record.state : RunState::elsewhere;
}

void drop_foreign_pids(RunRecord& record, const ProcessSpace& here) {
  if (!same_numbers(record.place, here)) record.holder = record.recorder = record.leader = {};
}

Result<ChangeLock> ChangeLock::take(const std::string& directory) {
  const Result<RunPlace> place = open_own_run(directory);
  if (!place && place.error().errno_value == ENOENT) return fail("the run was removed meanwhile", ErrorKind::no_target);
  RETURN_IF_ERROR(place);
  ASSIGN_OR_RETURN(Fd file, open_file(*place, change_lock_name, O_RDWR | O_CREAT));
  const Instant begin = now();
  while (true) {
    struct flock lock = whole(F_WRLCK);
    if (::fcntl(file.get(), F_OFD_SETLK, &lock) == 0) break;
    if (errno == ENOLCK || errno == EINVAL || errno == EOPNOTSUPP || errno == ENOSYS) break;  // no locks to be had here
    if (errno != EAGAIN && errno != EACCES && errno != EINTR) return fail_errno("cannot lock " + directory, errno);
    if (seconds_between(begin, now()) > patience_seconds)
      return fail(
          fmt::format("another command has been changing this run for {} s: see what becomes of it with "
                      "`vigie ls`, and try again",
                      patience_seconds));
    ::poll(nullptr, 0, pace_ms);
  }
  if (!still_there(file, directory)) return fail("the run was removed meanwhile", ErrorKind::no_target);
  return ChangeLock(std::move(file));
}

bool is_being_changed(const std::string& directory) {
  const Result<RunPlace> place = open_run(directory);
  const Result<Fd> file = place ? open_file(*place, change_lock_name, O_RDONLY) : std::unexpected(place.error());
  struct flock lock = whole(F_WRLCK);
  return file && ::fcntl(file->get(), F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}

}  // namespace vigie::wire
