// Sentences on a screen: folded text, and what was found, with its evidence and what to do.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tui/grid.hpp"
#include "views/verdict.hpp"

namespace vigie::tui {

/// Text for people, folded to the columns of the grid, in at most so many rows from there on. Returns how many.
int draw_prose(Grid& grid, int row, int rows, std::string_view raw, Role role = Role::normal);

/// The lines of a text, without their ends.
[[nodiscard]] std::vector<std::string_view> lines_in(std::string_view text);

/// A conclusion: its sentence, and the lines below it.
struct Conclusion {
  std::string headline;                   ///< safe
  Role role = Role::normal;               ///< of the headline
  std::optional<Severity> severity = {};  ///< nothing: it is no finding
  std::string subject = {}, rule = {};    ///< of a finding; raw
  std::vector<std::string> details = {};  ///< "  evidence  …", safe, as a verdict has them
};

/// What a verdict says, in its order. Its text must not be folded (VerdictWish::width 0).
[[nodiscard]] std::vector<Conclusion> conclusions_of(const views::Verdict& verdict);

/// "  do        …": a line below a headline, as a verdict has them.
[[nodiscard]] std::string detail_line(std::string_view label, std::string_view raw);

/// Rows that it takes on so many columns; not `open`: its headline alone, which is cut.
[[nodiscard]] int rows_of(const Conclusion& conclusion, int columns, bool open = true);
/// Draws it in at most so many rows from there on. Returns how many.
int draw_conclusion(Grid& grid, int row, int rows, const Conclusion& conclusion, bool open = true);

}  // namespace vigie::tui
