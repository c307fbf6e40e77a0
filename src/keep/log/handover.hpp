// The output that a recorder has read from the terminal and not written yet, and how much it could not write. It lies
// in memory that the holder shares with all its recorders, so that after a kill the next one goes on with it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

namespace vigie::keep {

class Handover {
 public:
  static constexpr std::size_t most = 64 << 10;  ///< bytes that are read at once

  /// To be made before the first recorder is. Where there is no memory to share, nothing is handed over.
  Handover();
  Handover(const Handover&) = delete;
  Handover& operator=(const Handover&) = delete;
  ~Handover();

  /// Room to read output into, which will stand at `log_end` of the log. The bytes that were there before are done
  /// with.
  [[nodiscard]] std::span<char> room(std::uint64_t log_end);
  /// So many bytes were read into it.
  std::string_view took(std::size_t count);

  /// The output that an earlier recorder had read: its bytes, and their intended place in the log.
  struct Left {
    std::uint64_t log_end = 0;
    std::string_view bytes;
  };
  [[nodiscard]] Left left() const;

  /// Bytes that could not be written since the last success.
  [[nodiscard]] std::uint64_t& lost() { return shared_->lost; }
  /// The output will stand so much later in the log, because something else is about to be written; earlier, because
  /// that was not written, or because so much of the output could not be.
  void shift(std::int64_t bytes) { shared_->log_end += static_cast<std::uint64_t>(bytes); }

 private:
  struct Shared {
    std::uint64_t log_end;
    std::uint64_t lost;
    std::size_t count;   ///< bytes read; 0 also when the recorder was killed before it set it
    std::size_t marked;  ///< bytes that say `untouched` until something is read into them
    char bytes[most];
  };

  [[nodiscard]] std::size_t used() const;

  Shared* shared_;               ///< zeros at first: unused pages take no memory
  std::unique_ptr<Shared> own_;  ///< where it cannot be shared
  bool begun_ = false;           ///< by this recorder
  bool full_ = false;            ///< the last read took all the room there was
};

}  // namespace vigie::keep
