#include "shim/screen.hpp"

#include <vterm.h>

#include <algorithm>

namespace vigie::shim {
namespace {

void append_utf8(std::string& text, std::uint32_t code) {
  const auto put = [&](std::uint32_t byte) { text += static_cast<char>(byte); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xC0 | code >> 6);
    put(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    put(0xE0 | code >> 12);
    put(0x80 | (code >> 6 & 0x3F));
    put(0x80 | (code & 0x3F));
  } else {
    put(0xF0 | (code >> 18 & 0x07));
    put(0x80 | (code >> 12 & 0x3F));
    put(0x80 | (code >> 6 & 0x3F));
    put(0x80 | (code & 0x3F));
  }
}

}  // namespace

struct Screen::Terminal {
  VTerm* vterm;
  VTermScreen* screen;

  Terminal(int rows, int columns) : vterm(vterm_new(rows, columns)), screen(vterm_obtain_screen(vterm)) {
    vterm_set_utf8(vterm, 1);
    vterm_screen_enable_altscreen(screen, 1);
    vterm_screen_set_damage_merge(screen, VTERM_DAMAGE_SCROLL);
    // Answers to the program's questions (cursor position reports) are a client's to give, not the model's.
    vterm_output_set_callback(vterm, [](const char*, std::size_t, void*) {}, nullptr);
    vterm_screen_reset(screen, 1);
  }
  ~Terminal() { vterm_free(vterm); }
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;
};

Screen::Screen(int rows, int columns)
    : terminal_(std::make_unique<Terminal>(std::max(rows, 1), std::max(columns, 1))) {}
Screen::~Screen() = default;
Screen::Screen(Screen&&) noexcept = default;
Screen& Screen::operator=(Screen&&) noexcept = default;

void Screen::write(std::string_view bytes) {
  vterm_input_write(terminal_->vterm, bytes.data(), bytes.size());
}

void Screen::resize(int rows, int columns) {
  vterm_set_size(terminal_->vterm, std::max(rows, 1), std::max(columns, 1));
}

std::vector<std::string> Screen::lines_up_from_cursor(int count) const {
  vterm_screen_flush_damage(terminal_->screen);
  int rows = 0;
  int columns = 0;
  vterm_get_size(terminal_->vterm, &rows, &columns);
  VTermPos cursor{};
  vterm_state_get_cursorpos(vterm_obtain_state(terminal_->vterm), &cursor);
  std::vector<std::string> lines;
  for (int row = std::min(cursor.row, rows - 1); row >= 0 && count > 0; --row, --count) {
    std::string line;
    for (int column = 0; column < columns;) {
      VTermScreenCell cell{};
      vterm_screen_get_cell(terminal_->screen, {.row = row, .col = column}, &cell);
      if (cell.chars[0] == 0) line += ' ';
      for (int i = 0; i < VTERM_MAX_CHARS_PER_CELL && cell.chars[i] != 0; ++i) append_utf8(line, cell.chars[i]);
      column += std::max<int>(cell.width, 1);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    lines.push_back(std::move(line));
  }
  return lines;
}

}  // namespace vigie::shim
