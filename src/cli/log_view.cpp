#include "cli/log_view.hpp"

#include <unistd.h>

#include "base/file.hpp"
#include "base/text.hpp"

namespace vigie::cli {
namespace {

constexpr std::size_t longest_line = 1 << 20;  ///< a program that never ends a line must not fill memory

/// Skips one escape sequence that begins at `at` (ECMA-48: CSI ... final byte, OSC ... BEL or ST, else two bytes).
std::size_t after_escape(std::string_view text, std::size_t at) {
  if (at + 1 >= text.size()) return text.size();
  std::size_t next = at + 2;
  if (text[at + 1] == '[') {
    while (next < text.size() && (text[next] < '@' || text[next] > '~')) ++next;
    return next < text.size() ? next + 1 : next;
  }
  if (text[at + 1] == ']') {
    while (next < text.size() && text[next] != '\a' && text[next] != '\x1b') ++next;
    if (next >= text.size()) return next;
    return text[next] == '\a' ? next + 1 : after_escape(text, next);
  }
  return next;
}

std::string without_escapes(std::string_view text) {
  std::string plain;
  for (std::size_t at = 0; at < text.size();) {
    if (text[at] == '\x1b') {
      at = after_escape(text, at);
    } else {
      plain += text[at++];
    }
  }
  return plain;
}

}  // namespace

std::string collapse_line(std::string_view raw) {
  const std::string plain = without_escapes(raw);
  std::string_view rest = plain;
  while (!rest.empty() && (rest.back() == '\r' || rest.back() == ' ')) rest.remove_suffix(1);
  if (const std::size_t overwritten = rest.rfind('\r'); overwritten != std::string_view::npos) {
    rest.remove_prefix(overwritten + 1);
  }
  return safe_text(rest);
}

std::string LogView::show(std::string_view bytes) {
  if (raw_) return std::string(bytes);
  std::string shown;
  while (!bytes.empty()) {
    const std::size_t newline = bytes.find('\n');
    line_.append(bytes.substr(0, newline));
    if (line_.size() > longest_line) {
      const std::size_t drawn = line_.rfind('\r');
      line_.erase(
          0, drawn == std::string::npos || drawn + 1 >= line_.size() ? line_.size() - longest_line / 2 : drawn + 1);
    }
    if (newline == std::string_view::npos) break;
    shown += collapse_line(line_) + "\n";
    line_.clear();
    bytes.remove_prefix(newline + 1);
  }
  return shown;
}

std::string LogView::end() {
  if (line_.empty()) return {};
  const std::string last = collapse_line(line_) + "\n";
  line_.clear();
  return last;
}

bool write_out(std::string_view text) {
  return write_all(STDOUT_FILENO, text) == 0;
}

}  // namespace vigie::cli
