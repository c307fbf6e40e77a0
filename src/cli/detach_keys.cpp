#include "cli/detach_keys.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/text.hpp"

namespace vigie::cli {
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

/// How many bytes of `input` are that key; 0 when another one comes first.
std::size_t key_length(std::string_view input, char key) {
  if (input.starts_with(key)) return 1;
  if (key >= ' ') return 0;
  for (const auto& sequence : {fmt::format("\x1b[27;5;{}~", static_cast<int>(letter_of(key))),
                               fmt::format("\x1b[{};5u", static_cast<int>(letter_of(key)))}) {
    if (input.starts_with(sequence)) return sequence.size();
  }
  return 0;
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

DetachKeys::Found DetachKeys::read(std::string_view input) {
  Found found;
  while (!input.empty()) {
    if (const std::size_t length = key_length(input, keys_[matched_]); length > 0) {
      held_ += input.substr(0, length);
      input.remove_prefix(length);
      if (++matched_ < keys_.size()) continue;
      found.detach = true;
      return found;
    }
    const std::size_t again = matched_ == 1 ? key_length(input, keys_[0]) : 0;
    if (again > 0) {
      held_ = input.substr(0, again);
      input.remove_prefix(again);
    }
    const bool was_begun = matched_ > 0;
    matched_ = 0;
    found.typed += std::exchange(held_, {});
    if (was_begun) continue;  // what came instead may be the first key itself
    found.typed += input.front();
    input.remove_prefix(1);
  }
  return found;
}

}  // namespace vigie::cli
