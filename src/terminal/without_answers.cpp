#include "terminal/without_answers.hpp"

namespace vigie::terminal {
namespace {

/// Length of the control sequence that begins `text`, if it is one that only a terminal says by itself: device
/// attributes (c), reports of status, place, mode and size (n R y t), kitty's flags (? u), focus lost (O).
std::size_t reported_length(std::string_view text) {
  std::size_t end = 2;
  while (end < text.size() && (text[end] < '@' || text[end] > '~')) ++end;
  if (end >= text.size()) return 0;
  const bool parameters = end > 2;
  const bool reported = std::string_view("cnRyt").find(text[end]) != std::string_view::npos && parameters;
  const bool flags = text[end] == 'u' && text.size() > 2 && text[2] == '?';  // a key has no '?'
  return reported || flags || (text[end] == 'O' && !parameters) ? end + 1 : 0;
}

/// Length of the string (OSC, DCS) that begins `text`; 0 when it does not end within it.
std::size_t string_length(std::string_view text) {
  const std::size_t bell = text.find('\a');
  const std::size_t end = text.find("\x1b\\", 2);
  if (bell < end) return bell + 1;
  return end == std::string_view::npos ? 0 : end + 2;
}

}  // namespace

std::string without_answers(std::string_view input) {
  std::string typed;
  while (!input.empty()) {
    const std::size_t escape = std::min(input.find('\x1b'), input.size());
    typed += input.substr(0, escape);
    input.remove_prefix(escape);
    if (input.empty()) break;
    std::size_t answer = 0;
    if (input.starts_with("\x1b[")) answer = reported_length(input);
    if (input.starts_with("\x1b]") || input.starts_with("\x1bP")) answer = string_length(input);
    if (answer == 0) typed += input.front();
    input.remove_prefix(std::max<std::size_t>(answer, 1));
  }
  return typed;
}

}  // namespace vigie::terminal
