// A run's output for reading: progress bars collapsed to their last state, escape sequences dropped.
#pragma once

#include <string>
#include <string_view>

namespace vigie::cli {

/// Turns raw terminal output into safe lines, piece by piece. What a carriage return overwrote is dropped, so that a
/// bar drawn a thousand times is one line.
class LogView {
 public:
  explicit LogView(bool raw) : raw_(raw) {}

  /// The finished lines that `bytes` completes (all of it in raw mode).
  [[nodiscard]] std::string show(std::string_view bytes);
  /// What is left of an unfinished last line.
  [[nodiscard]] std::string end();

 private:
  bool raw_;
  std::string line_;
};

/// One line of raw output as safe text: the last text drawn over it, without escape sequences.
[[nodiscard]] std::string collapse_line(std::string_view raw);

/// Standard output, at once; false when nobody reads it any more.
[[nodiscard]] bool write_out(std::string_view text);

}  // namespace vigie::cli
