#include "shim/screen.hpp"

#include <fmt/format.h>
#include <vterm.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

#include "base/text.hpp"
#include "shim/control_parser.hpp"

namespace vigie::shim {
namespace {

constexpr int kFewestColumns = 2;  // a wide character needs them: libvterm 0.1.4 would write beyond the line

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

bool contains(std::string_view set, char byte) {
  return byte != 0 && set.find(byte) != std::string_view::npos;
}

/// DEC private modes (xterm's "ctlseqs") that change what the screen shows. Mouse, paste and key modes are a client's.
bool shows_on_screen(int mode) {
  constexpr std::array modes{5, 6, 7, 25, 47, 1047, 1048, 1049};
  return std::ranges::find(modes, mode) != modes.end();
}

/// Whether the model does something with it. libvterm 0.1.4 trusts what it is sent: it writes beyond its memory at 17
/// parameters and never returns from REP without a character before it. So it is sent nothing but what is named here.
bool is_known(const ControlSequence& sequence) {
  if (sequence.intermediate != 0)
    return sequence.leader == 0 && sequence.intermediate == '!' && sequence.final == 'p';  // DECSTR
  if (sequence.leader == '?') {
    if (contains("JK", sequence.final)) return true;
    return contains("hl", sequence.final) && sequence.count == 1 && shows_on_screen(sequence.value_or(0, 0));
  }
  if (sequence.leader != 0) return false;
  if (contains("hl", sequence.final)) return sequence.count == 1 && sequence.value_or(0, 0) == 4;  // IRM, insert mode
  return contains("@ABCDEFGHIJKLMPSTXZ`adefgjkmr", sequence.final);
}

/// Control sequence as libvterm is given it.
std::string written(const ControlSequence& sequence) {
  std::string text = "\x1b[";
  if (sequence.leader != 0) text += sequence.leader;
  for (std::size_t i = 0; i < sequence.count; ++i) {
    const auto& parameter = sequence.parameters[i];
    if (i > 0) text += parameter.sub ? ':' : ';';
    if (parameter.value != ControlSequence::kMissing) text += std::to_string(parameter.value);
  }
  if (sequence.intermediate != 0) text += sequence.intermediate;
  return text + sequence.final;
}

}  // namespace

struct Screen::Terminal final : ControlSink {
  VTerm* vterm;
  VTermScreen* screen;
  ControlParser parser;
  std::string cut;             // the first bytes of a character whose last ones are still to come
  std::string last_character;  // UTF-8, for REP

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

  void draw(std::string_view bytes) const { vterm_input_write(vterm, bytes.data(), bytes.size()); }

  void text(std::string_view bytes) override;
  void escape(char intermediate, char final) override {
    const bool known =
        intermediate == 0 ? contains("78DEHMc", final) : contains("()", intermediate) && contains("0AB", final);
    if (known) draw(intermediate == 0 ? std::string{'\x1b', final} : std::string{'\x1b', intermediate, final});
  }
  void sequence(const ControlSequence& sequence) override {
    if (sequence.final == 'b' && sequence.leader == 0 && sequence.intermediate == 0) {
      repeat_last_character(sequence.value_or(0, 1));
    } else if (is_known(sequence)) {
      draw(written(sequence));
    }
  }

  [[nodiscard]] VTermPos cursor() const {
    VTermPos position{};
    vterm_state_get_cursorpos(vterm_obtain_state(vterm), &position);
    return position;
  }
  void resize(int rows, int columns) const;
  void repeat_last_character(int times) const;
};

/// libvterm 0.1.4 is sent valid UTF-8 in whole characters, and no C1 controls: their width of -1 would move the cursor
/// off the line.
void Screen::Terminal::text(std::string_view bytes) {
  const std::string joined = std::exchange(cut, {}).append(bytes);
  const std::size_t whole = joined.size() - incomplete_tail(joined);
  cut = joined.substr(whole);
  std::string safe;
  safe.reserve(whole);
  bool valid = true;
  for (std::size_t position = 0; position < whole;) {
    const char32_t code = next_code_point(joined, position, valid);
    if (code >= 0x7F && code < 0xA0) continue;
    const std::size_t begin = safe.size();
    append_utf8(safe, code);
    if (code >= 0x20) last_character.assign(safe, begin);
  }
  draw(safe);
}

/// REP (ECMA-48 8.3.103), which curses programs use for bars and lines; at most a line of it, as VTE does.
void Screen::Terminal::repeat_last_character(int times) const {
  int rows = 0;
  int columns = 0;
  vterm_get_size(vterm, &rows, &columns);
  std::string text;
  for (int left = std::min(times, columns); left > 0; --left) text += last_character;
  draw(text);
}

/// libvterm 0.1.4 keeps scroll margins that lie outside the new size, and where a full screen scrolls up as it shrinks
/// the cursor may end above it: either way it would write beyond its memory. So the margins go, as xterm's do, and the
/// cursor is set where it belongs.
void Screen::Terminal::resize(int rows, int columns) const {
  const auto before = cursor();
  draw("\x1b[r");  // and the cursor goes to the first line
  vterm_set_size(vterm, rows, columns);
  const int scrolled = std::min(cursor().row, 0);
  const int row = std::clamp(before.row + scrolled, 0, rows - 1);
  draw(fmt::format("\x1b[{};{}H", row + 1, std::clamp(before.col, 0, columns - 1) + 1));
}

Screen::Screen(int rows, int columns)
    : terminal_(std::make_unique<Terminal>(std::max(rows, 1), std::max(columns, kFewestColumns))) {}
Screen::~Screen() = default;
Screen::Screen(Screen&&) noexcept = default;
Screen& Screen::operator=(Screen&&) noexcept = default;

void Screen::write(std::string_view bytes) {
  terminal_->parser.parse(bytes, *terminal_);
}

void Screen::resize(int rows, int columns) {
  terminal_->resize(std::max(rows, 1), std::max(columns, kFewestColumns));
}

std::vector<std::string> Screen::lines_up_from_cursor(int count) const {
  vterm_screen_flush_damage(terminal_->screen);
  int rows = 0;
  int columns = 0;
  vterm_get_size(terminal_->vterm, &rows, &columns);
  std::vector<std::string> lines;
  for (int row = std::min(terminal_->cursor().row, rows - 1); row >= 0 && count > 0; --row, --count) {
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
