#include "keep/log/log_packer.hpp"

#include <malloc.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <new>
#include <system_error>

#include "wire/log_pack.hpp"
#include "wire/log_segments.hpp"

namespace vigie::keep {
namespace {

constexpr int least_priority = 19;
constexpr int of_a_thread = 1;                   ///< IOPRIO_WHO_PROCESS (ioprio_set(2))
constexpr int best_effort_lowest = 2 << 13 | 7;  ///< IOPRIO_CLASS_BE, level 7: idle would never come on a busy disk

constexpr rlim_t least_space = 128 << 20;

/// Then the thread's stack and the memory for packing are missing where the terminal is read, and that would end the
/// recorder.
bool is_space_scarce() {
  rlimit limit{};
  return ::getrlimit(RLIMIT_AS, &limit) == 0 && limit.rlim_cur < least_space;
}

void give_way() {
  const auto self = static_cast<pid_t>(::syscall(SYS_gettid));
  ::setpriority(PRIO_PROCESS, static_cast<id_t>(self), least_priority);
  ::syscall(SYS_ioprio_set, of_a_thread, self, best_effort_lowest);
}

}  // namespace

LogPacker::~LogPacker() {
  if (thread_.joinable()) thread_.join();
}

void LogPacker::wake() {
  if (is_space_scarce()) return;
  const std::lock_guard lock(mutex_);
  wanted_ = true;
  if (running_) return;
  if (thread_.joinable()) thread_.join();  // it has left its loop
  try {
    thread_ = std::thread([this] { work(); });
    running_ = true;
  } catch (const std::system_error&) {
    // No room for a thread (RLIMIT_NPROC): the segment waits, unpacked.
  }
}

bool LogPacker::more() {
  const std::lock_guard lock(mutex_);
  running_ = wanted_;
  return std::exchange(wanted_, false);
}

void LogPacker::work() {
  give_way();
  while (more()) {
    try {
      for (const wire::LogSegment& segment : wire::finished_segments(directory_)) {
        if (!segment.packed) ignore_error(wire::pack_segment(directory_, segment.name));
      }
    } catch (const std::bad_alloc&) {
      // No memory (RLIMIT_AS): the segments wait, unpacked.
    }
    ::malloc_trim(0);  // the recorder of an idle run is small again
  }
}

}  // namespace vigie::keep
