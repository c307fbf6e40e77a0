#include "terminal/detach_keys.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "base/text.hpp"

namespace vigie::terminal {
namespace {

constexpr std::size_t most_keys = 8;

/// The byte of "d" or "ctrl-b"; 0 when it is no key.
char byte_of(std::string_view key) {
  if (key.size() == 1 && key[0] > ' ' && key[0] <= '~') return key[0];
  if (key.size() != 6 || !key.starts_with("ctrl-")) return 0;
  const char letter = key[5];
  const bool control = (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
                       std::string_view("[\\]^_").find(letter) != std::string_view::npos;
  return control ? static_cast<char>(letter & 0x1F) : '\0';
}

char letter_of(char control) {
  const char upper = static_cast<char>(control | 0x40);
  return upper >= 'A' && upper <= 'Z' ? static_cast<char>(upper | 0x20) : upper;
}

/// One key as a terminal tells it: a byte, or a sequence.
struct Key {
  std::size_t length = 1;  ///< bytes of it
  char byte = 0;           ///< what it would be as a byte; 0: none that detaches
  bool silent = false;     ///< the release of a key, or a modifier alone: nothing was typed
};

/// `CSI code:shifted:base ; modifiers:event ; text u` of kitty, its locks (Caps Lock, Num Lock) left out.
struct Report {
  int code = 0, shifted = 0, base = 0, modifiers = 0, event = 1, text = 0;
};

constexpr int shift = 1, control = 4, locks = 64 | 128;
constexpr int released = 3;

bool is_modifier(int code) {
  return (code >= 57358 && code <= 57360) || (code >= 57441 && code <= 57454);
}

char byte_of(const Report& report) {
  const auto ascii = [](int code) { return code > ' ' && code <= '~' ? static_cast<char>(code) : '\0'; };
  // A keyboard of another alphabet says which key it is on an English one.
  const char letter = ascii(report.code) != 0 ? ascii(report.code) : ascii(report.base);
  if (report.modifiers == control) return letter == 0 ? '\0' : static_cast<char>(letter & 0x1F);
  if (report.modifiers == shift && report.shifted != 0) return ascii(report.shifted);
  if (report.modifiers == shift && report.text != 0) return ascii(report.text);
  if (report.modifiers == shift) return ascii(report.code);
  return report.modifiers == 0 ? letter : '\0';
}

int number_at(std::string_view& text) {
  int value = 0;
  constexpr int most = 0x10FFFF;
  while (!text.empty() && text.front() >= '0' && text.front() <= '9') {
    value = std::min(value * 10 + (text.front() - '0'), most);
    text.remove_prefix(1);
  }
  return value;
}

/// The numbers of one parameter, which stand between colons.
template <std::size_t count>
std::array<int, count> parameter_at(std::string_view& text) {
  std::array<int, count> values{};
  for (std::size_t i = 0;; ++i) {
    const int value = number_at(text);
    if (i < count) values[i] = value;
    if (!text.starts_with(':')) break;
    text.remove_prefix(1);
  }
  if (text.starts_with(';')) text.remove_prefix(1);
  return values;
}

/// Of a whole sequence `CSI parameters final` that begins with a number; nothing when it does not tell a key with its
/// code.
std::optional<Report> report_of(std::string_view sequence) {
  const char final = sequence.back();
  std::string_view text = sequence.substr(2, sequence.size() - 3);
  Report report;
  if (final == '~') {  // xterm's: CSI 27 ; modifiers ; code ~
    if (!text.starts_with("27;")) return std::nullopt;
    text.remove_prefix(3);
    report.modifiers = parameter_at<1>(text)[0];
    report.code = parameter_at<1>(text)[0];
  } else {
    if (final != 'u') return std::nullopt;
    const auto codes = parameter_at<3>(text);
    const auto how = parameter_at<2>(text);
    report = {.code = codes[0],
              .shifted = codes[1],
              .base = codes[2],
              .modifiers = how[0],
              .event = std::max(how[1], 1),
              .text = parameter_at<1>(text)[0]};
  }
  report.modifiers = std::max(report.modifiers - 1, 0) & ~locks;
  return report;
}

/// The key that begins `input`; length 0 when it is a sequence whose end is not there yet. Anything else goes on byte
/// by byte: Alt and a bracket look like the beginning of a sequence, so a digit must follow.
Key first_key(std::string_view input) {
  constexpr std::size_t longest = 64;
  const bool begins = input.size() > 2 && input.starts_with("\x1b[") && input[2] >= '0' && input[2] <= '9';
  if (!begins) return {.length = 1, .byte = input.front()};
  const std::size_t end = input.find_first_not_of("0123456789:;", 2);
  if (end == std::string_view::npos) return {.length = input.size() > longest ? 1U : 0U};
  const std::optional<Report> report = report_of(input.substr(0, end + 1));
  if (!report) return {.length = end + 1};
  return {
      .length = end + 1, .byte = byte_of(*report), .silent = report->event == released || is_modifier(report->code)};
}

}  // namespace

Result<DetachKeys> DetachKeys::parse(std::string_view text) {
  DetachKeys keys;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(',', begin), text.size());
    const char byte = byte_of(text.substr(begin, end - begin));
    if (byte == 0 || keys.keys_.size() == most_keys) {
      return fail(safe_text(text) + " are no detach keys: give up to eight, like ctrl-b,d or ctrl-p,ctrl-q",
                  ErrorKind::usage);
    }
    keys.keys_ += byte;
    begin = end + 1;
  }
  return keys;
}

std::string DetachKeys::text() const {
  std::string text;
  for (const char byte : keys_) {
    if (!text.empty()) text += ' ';
    text += byte < ' ' ? fmt::format("Ctrl-{}", letter_of(byte)) : std::string(1, byte);
  }
  return text;
}

DetachKeys::Found DetachKeys::read(std::string_view input) {
  Found found;
  const std::string joined = std::exchange(cut_, {}).append(input);
  for (input = joined; !input.empty() && !found.detach;) {
    const Key key = first_key(input);
    if (key.length == 0) {
      cut_ = input;
      break;
    }
    const std::string_view bytes = input.substr(0, key.length);
    input.remove_prefix(key.length);
    if (key.silent) {
      (matched_ > 0 ? held_ : found.typed) += bytes;
    } else {
      match(bytes, key.byte, found);
    }
  }
  return found;
}

void DetachKeys::match(std::string_view bytes, char byte, Found& found) {
  if (byte == keys_[matched_]) {
    held_ += bytes;
    found.detach = ++matched_ == keys_.size();
    return;
  }
  const bool twice = matched_ == 1 && byte == keys_[0];
  if (twice) held_ = bytes;
  const bool begun = std::exchange(matched_, 0) > 0;
  found.typed += std::exchange(held_, {});
  if (twice) return;
  if (begun) return match(bytes, byte, found);  // the byte that came instead may be the first key
  found.typed += bytes;
}

}  // namespace vigie::terminal
