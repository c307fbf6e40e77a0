#include "terminal/late_screen.hpp"

#include <algorithm>
#include <array>

namespace vigie::terminal {
namespace {

constexpr std::size_t most_late = 1 << 20;  ///< bytes; of as many, an eighth or less is drawn

/// Printable ASCII and line ends.
constexpr std::array<bool, 256> plain = [] {
  std::array<bool, 256> table{};
  for (std::size_t byte = 0x20; byte < 0x7F; ++byte) table[byte] = true;
  table['\n'] = table['\r'] = true;
  return table;
}();

bool is_plain(std::string_view bytes) {
  bool all = true;
  for (const char c : bytes) all &= plain[static_cast<unsigned char>(c)];  // without a branch for each
  return all;
}

}  // namespace

void LateScreen::write(std::string_view bytes) {
  if (!is_plain(bytes) || (late_.empty() && !screen_.scrolls_plainly())) {
    now().write(bytes);
    return;
  }
  if (late_.size() + bytes.size() > most_late) (void)now();
  if (late_.empty()) position_ = screen_.plain_position();
  late_rows_ += position_.advance(bytes);
  late_ += bytes;
}

Screen& LateScreen::now() {
  if (late_.empty()) return screen_;
  const std::size_t gone = gone_by_now();
  const std::string_view text = late_;
  if (gone > 0) screen_.skip(text.substr(0, gone));
  screen_.write(text.substr(gone));
  if (late_.capacity() > most_late / 16) {
    late_ = {};
  } else {
    late_.clear();
  }
  late_rows_ = 0;
  return screen_;
}

/// How much of the text, up to the end of a line, is followed by more than a screen and its scrollback hold.
std::size_t LateScreen::gone_by_now() const {
  const Screen::Capacity most = screen_.capacity();
  const std::string_view text = late_;
  std::size_t lines = 0;
  std::size_t cells = 0;
  std::size_t end = text.rfind('\n');
  if (end == std::string_view::npos || text.size() < most.lines) return 0;
  while (lines <= most.lines && cells <= most.cells) {
    const std::size_t before = end == 0 ? std::string_view::npos : text.rfind('\n', end - 1);
    if (before == std::string_view::npos || before == 0) return 0;
    const std::string_view line = text.substr(before + 1, end - before - 1);
    const std::size_t returned = line.find('\r');
    // Overwritten text takes fewer cells than it has characters.
    if (returned != std::string_view::npos && returned + 1 != line.size()) return 0;
    cells += std::min(returned, line.size());
    ++lines;
    end = before;
  }
  return text[end - 1] == '\r' || screen_.starts_lines_at_once() ? end + 1 : 0;
}

}  // namespace vigie::terminal
