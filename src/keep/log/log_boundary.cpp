#include "keep/log/log_boundary.hpp"

namespace vigie::keep {
namespace {

constexpr char kBell = 0x07, kCancel = 0x18, kSubstitute = 0x1A, kEscape = 0x1B;

/// How many bytes follow the first byte of a UTF-8 character.
unsigned continuations(unsigned char first) {
  if (first >= 0xC2 && first <= 0xDF) return 1;
  if (first >= 0xE0 && first <= 0xEF) return 2;
  return first >= 0xF0 && first <= 0xF4 ? 3 : 0;
}

}  // namespace

void LogBoundary::pass(std::string_view bytes) {
  while (!bytes.empty()) {
    if (state_ == State::text) {
      const std::size_t escape = bytes.find(kEscape);
      if (escape == std::string_view::npos) {
        // The last three bytes show which character is open; the bytes before count only when the piece is shorter.
        if (bytes.size() > 3) {
          bytes.remove_prefix(bytes.size() - 3);
          continuation_ = 0;
        }
        for (const char byte : bytes) read(static_cast<unsigned char>(byte));
        return;
      }
      bytes.remove_prefix(escape);
      continuation_ = 0;
    }
    read(static_cast<unsigned char>(bytes.front()));
    bytes.remove_prefix(1);
  }
}

std::optional<std::size_t> LogBoundary::cut(std::string_view bytes, Want want) {
  std::optional<std::size_t> last;
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    read(static_cast<unsigned char>(bytes[at]));
    const bool closed = state_ == State::text && continuation_ == 0;
    if (closed && (want != Want::line || bytes[at] == '\n')) last = at + 1;
  }
  if (!last && want == Want::anything && !bytes.empty()) last = bytes.size();
  return last;
}

void LogBoundary::read(unsigned char byte) {
  if (byte == kCancel || byte == kSubstitute) {
    state_ = State::text;
    continuation_ = 0;
    return;
  }
  switch (state_) {
    case State::text:
      if (byte == kEscape) {
        state_ = State::escape;
        continuation_ = 0;
      } else if ((byte & 0xC0) == 0x80 && continuation_ > 0) {
        --continuation_;
      } else {
        continuation_ = continuations(byte);
      }
      return;
    case State::escape:
      if (byte == '[') {
        state_ = State::sequence;
      } else if (byte == ']' || byte == 'P' || byte == 'X' || byte == '^' || byte == '_') {
        state_ = State::string;
      } else if (byte >= 0x30) {
        state_ = State::text;
      }
      return;
    case State::sequence:
      if (byte == kEscape) {
        state_ = State::escape;
      } else if (byte >= 0x40) {
        state_ = State::text;
      }
      return;
    case State::string:
      if (byte == kBell) state_ = State::text;
      if (byte == kEscape) state_ = State::string_escape;
      return;
    case State::string_escape:
      state_ = byte == '\\' ? State::text : State::escape;
      if (byte == '[') state_ = State::sequence;
      return;
  }
}

}  // namespace vigie::keep
