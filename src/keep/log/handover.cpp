#include "keep/log/handover.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <atomic>
#include <cstring>

namespace vigie::keep {
namespace {

/// Occurs in no text: UTF-8 has no such byte. A recorder that is killed within read(2) cannot say how much it read: the
/// bytes that are no longer this one were read. Output that is no text may end with this byte; then the count is too
/// small by that.
constexpr char untouched = '\xC1';
constexpr std::size_t at_first = 4096;  ///< what a terminal gives at most; a run that floods a pipe is given more

/// Orders the stores before it ahead of those after it, for a recorder that reads the memory after a kill.
void as_written() {
  std::atomic_signal_fence(std::memory_order_seq_cst);
}

}  // namespace

Handover::Handover() {
  void* const memory = ::mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) own_ = std::make_unique<Shared>();
  shared_ = own_ ? own_.get() : static_cast<Shared*>(memory);
}

Handover::~Handover() {
  if (!own_) ::munmap(shared_, sizeof(Shared));
}

std::size_t Handover::used() const {
  if (shared_->count > 0) return shared_->count;
  std::size_t end = shared_->marked;
  while (end > 0 && shared_->bytes[end - 1] == untouched) --end;
  return end;
}

std::span<char> Handover::room(std::uint64_t log_end) {
  Shared& shared = *shared_;
  const std::size_t dirty = begun_ ? shared.count : used();
  begun_ = true;
  shared.count = 0;
  as_written();
  std::memset(shared.bytes, untouched, dirty);
  as_written();
  shared.log_end = log_end;
  as_written();
  if (shared.marked == 0 || (full_ && shared.marked < most)) {
    const std::size_t end = shared.marked == 0 ? at_first : std::min(2 * shared.marked, most);
    std::memset(shared.bytes + shared.marked, untouched, end - shared.marked);
    as_written();
    shared.marked = end;
  }
  return {shared.bytes, shared.marked};
}

std::string_view Handover::took(std::size_t count) {
  shared_->count = count;
  as_written();
  full_ = count == shared_->marked;
  return {shared_->bytes, count};
}

Handover::Left Handover::left() const {
  return {.log_end = shared_->log_end, .bytes = {shared_->bytes, used()}};
}

}  // namespace vigie::keep
