// Where a log may be cut: never within a character or an escape sequence, at the end of a line where one comes soon.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace vigie::keep {

/// Follows the bytes of a terminal's output, split anywhere, just closely enough to know whether an escape sequence is
/// open (states of https://vt100.net/emu/dec_ansi_parser). Text without escapes costs a memchr.
class LogBoundary {
 public:
  enum class Want : std::uint8_t { line, character, anything };

  /// Moves past bytes between which no cut is wanted.
  void pass(std::string_view bytes);
  /// Moves past `bytes` and returns where in them to cut: after the last line end outside of escape sequences, or after
  /// the last whole character outside of them, or at the end whatever is open there.
  [[nodiscard]] std::optional<std::size_t> cut(std::string_view bytes, Want want);

 private:
  enum class State : std::uint8_t { text, escape, sequence, string, string_escape };
  void read(unsigned char byte);

  State state_ = State::text;
  unsigned continuation_ = 0;  ///< bytes of a character still to come
};

}  // namespace vigie::keep
