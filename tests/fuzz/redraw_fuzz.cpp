// Any bytes a run may print: the redraw of the screen makes the same screen of a new one, and both stay the same.
#include <clocale>
#include <string>

#include "input.hpp"
#include "terminal/screen.hpp"

namespace {

using vigie::terminal::Screen;

std::string drawn(const Screen& screen) {
  return screen.redraw({.rows = screen.rows(), .columns = screen.columns(), .scrollback_lines = 0});
}

}  // namespace

FUZZ(bytes) {
  static const char* const locale = std::setlocale(LC_CTYPE, "C.UTF-8");  // widths of characters
  must(locale != nullptr);
  Screen screen(6, 20);
  const std::string_view first = bytes.substr(0, bytes.size() / 2);
  screen.write(first);
  if (!first.empty() && first.size() % 3 == 0)
    screen.resize(1 + static_cast<unsigned char>(first.front()) % 12, static_cast<unsigned char>(first.back()));
  Screen copy(screen.rows(), screen.columns());
  copy.write(drawn(screen));
  must(drawn(screen) == drawn(copy));
  const std::string_view rest = bytes.substr(first.size());
  if (rest.find('b') != std::string_view::npos) return;  // may repeat what was printed before the redraw: see there
  for (const char byte : rest) {
    screen.write({&byte, 1});
    copy.write({&byte, 1});
  }
  must(drawn(screen) == drawn(copy));
  must(screen.take_answers().size() <= 8192);
}
