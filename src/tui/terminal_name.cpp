#include "tui/terminal_name.hpp"

#include <unistd.h>

#include <cstdlib>

#include <fmt/format.h>

#include "base/text.hpp"

#define NCURSES_NOMACROS 1
#include <curses.h>
#include <term.h>

namespace vigie::tui {
namespace {

constexpr const char* usual_terminal = "xterm-256color";

/// Whether a terminal of that name is described here and can move its cursor.
bool is_usable(const char* name) {
  int why = 0;
  if (name == nullptr || *name == '\0' || ::setupterm(name, STDOUT_FILENO, &why) != OK) return false;
  const char* const move = ::tigetstr("cup");
  const bool moves = move != nullptr && move != reinterpret_cast<const char*>(-1);
  ::del_curterm(cur_term);
  return moves;
}

}  // namespace

Result<TerminalName> choose_terminal() {
  const char* const own = std::getenv("TERM");
  const std::string named = own == nullptr ? "" : own;
  if (named == "dumb")
    return fail("this terminal cannot move its cursor (TERM=dumb): see vigie ps -w", ErrorKind::usage);
  if (is_usable(own)) return TerminalName{.name = named, .remark = {}};
  if (is_usable(usual_terminal)) {
    return TerminalName{
        .name = usual_terminal,
        .remark = fmt::format("the terminal \"{}\" is unknown here: drawn as {}", safe_text(named), usual_terminal)};
  }
  return fail("this terminal is unknown here, and so is xterm-256color: is ncurses-base installed?", ErrorKind::usage);
}

}  // namespace vigie::tui
