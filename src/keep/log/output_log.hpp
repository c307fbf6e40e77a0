// The log of a run: every byte its program wrote, in order, in files of bounded size (see wire/log_segments.hpp). A
// full disk never blocks the run; lost output is marked.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/fd.hpp"
#include "keep/log/handover.hpp"
#include "keep/log/log_boundary.hpp"
#include "keep/log/log_packer.hpp"
#include "wire/log_index.hpp"

namespace vigie::keep {

class OutputLog {
 public:
  /// Appends to the log in `directory` (0600); repairs what an earlier recorder left half done, and writes the output
  /// that it had not written. When the log cannot be opened everything counts as lost. It takes about `max_bytes` on
  /// the disk, packed: then its oldest part goes.
  OutputLog(std::string directory, std::uint64_t max_bytes, Handover& handover);

  void write(std::string_view bytes);
  /// Offset in the log of what is written next.
  [[nodiscard]] std::uint64_t end() const { return begin_ + size_; }
  /// After the last write: marks the lost output, where there is room for that again.
  void say_what_is_lost();
  /// Durable up to here; errors are ignored: the log is not the record.
  void sync();

 private:
  void append(std::string_view bytes);
  void lose(std::size_t bytes);
  void notice_changes();
  bool mark_gap();
  bool rotate();
  void drop_oldest();
  void begin_at(std::uint64_t offset);
  void put_right();
  void take_over();

  std::string directory_, path_;
  std::uint64_t max_bytes_;
  std::uint64_t largest_file_;  ///< that this process may write (RLIMIT_FSIZE)
  std::uint64_t segment_bytes_;
  Fd file_;
  std::uint64_t oldest_ = 0;     ///< offset of the first byte that is still there
  std::uint64_t begin_ = 0;      ///< offset of output.log's first byte in the log
  std::uint64_t size_ = 0;       ///< of output.log
  std::uint64_t rotate_at_ = 0;  ///< size from which on a place to cut is looked for
  Handover& handover_;
  std::uint64_t& lost_;        ///< bytes not written since the last success
  std::int64_t retry_ns_ = 0;  ///< boot clock: not before, after a failure
  LogBoundary boundary_;
  wire::LogIndex index_;
  LogPacker packer_;
};

}  // namespace vigie::keep
