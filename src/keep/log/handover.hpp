// What a recorder that is killed has in its hands: output that it read from the terminal and has not written yet, and
// how much it could not write. It lies in memory that the holder shares with all its recorders, so that the next one
// goes on with it.
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

  /// Room to read output into, which will stand at `log_end` of the log. What was there before is done with.
  [[nodiscard]] std::span<char> room(std::uint64_t log_end);
  /// So many bytes were read into it.
  std::string_view took(std::size_t count);

  /// What a recorder before this one had read: its bytes, and where they were to stand in the log.
  struct Left {
    std::uint64_t log_end = 0;
    std::string_view bytes;
  };
  [[nodiscard]] Left left() const;

  /// Bytes that could not be written since the last success.
  [[nodiscard]] std::uint64_t& lost() { return shared_->lost; }
  /// The output will stand so much later in the log: something else is about to be written; earlier: it was not, or so
  /// much of the output could not be.
  void shift(std::int64_t bytes) { shared_->log_end += static_cast<std::uint64_t>(bytes); }

 private:
  struct Shared {
    std::uint64_t log_end;
    std::uint64_t lost;
    std::size_t count;   ///< bytes read; 0 also when nobody came to say so
    std::size_t marked;  ///< bytes that say `untouched` until something is read into them
    char bytes[most];
  };

  [[nodiscard]] std::size_t used() const;

  Shared* shared_;               ///< zeros at first: pages that nobody needs are not there
  std::unique_ptr<Shared> own_;  ///< where it cannot be shared
  bool begun_ = false;           ///< by this recorder
  bool full_ = false;            ///< the last read took all the room there was
};

}  // namespace vigie::keep
