// Work that several kinds do: computing, and taking memory for real.
#pragma once

#include <cstddef>
#include <cstdint>
#include <stop_token>

namespace vigie::load {

/// Computes until the calling thread has used so many seconds of CPU time more.
void compute_for(double cpu_seconds);

/// CPU time that this process has used, all threads.
[[nodiscard]] double cpu_seconds();

/// Memory of this process alone, nothing of it taken before it is written to; given back when this goes.
class Pages {
 public:
  Pages() = default;
  /// Reserves addresses; valid() says whether that was possible.
  explicit Pages(std::size_t bytes);
  /// The same of a file or shared segment.
  Pages(int fd, std::size_t bytes);
  Pages(Pages&& other) noexcept;
  Pages& operator=(Pages&& other) noexcept;
  Pages(const Pages&) = delete;
  Pages& operator=(const Pages&) = delete;
  ~Pages();

  [[nodiscard]] bool valid() const { return start_ != nullptr; }
  [[nodiscard]] std::size_t size() const { return bytes_; }
  /// Writes to each page from `from` on, `length` bytes: then the machine has really given them.
  void write(std::size_t from, std::size_t length);

 private:
  unsigned char* start_ = nullptr;
  std::size_t bytes_ = 0;
};

/// The kernel kills this process first when memory runs out (oom_score_adj of proc(5)): a load that takes memory for a
/// trial must not cost a user a training.
void be_killed_first();

}  // namespace vigie::load
