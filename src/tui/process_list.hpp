// The list of processes: chosen, in order, and drawn. The screens that show processes share it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "tui/screen_view.hpp"
#include "views/process_columns.hpp"

namespace vigie::tui {

struct ProcessList {
  std::vector<views::ProcessRow> rows;
  std::vector<RowKey> keys;          ///< of each row: its process, or its run where it is the head of one
  std::vector<std::size_t> matches;  ///< rows that have what is searched for
};

/// Those that the user wants to see, in their order. It refers to the frame.
[[nodiscard]] ProcessList process_list(const Frame& frame, const ViewState& state);

/// Whether the user wants to see it: user, filter and threads of the kernel.
[[nodiscard]] bool is_wanted(const views::ProcessRow& row, const ViewState& state);

/// The columns that fit so many terminal columns, of those that the user chose, if any; the command is the last one.
[[nodiscard]] std::vector<views::ProcessColumn> list_columns(const Frame& frame, const ViewState& state, int columns);

/// What the list shows where the user chose nothing and there is room, in its order; the command is the last one.
[[nodiscard]] std::vector<std::string> usual_columns();

/// The titles in the first row, and the rows from `top` on below.
void draw_process_list(Grid& grid, Rect where, const ProcessList& list, const ViewState& state, std::size_t top);

/// Names are read from the first, numbers from the largest.
[[nodiscard]] bool is_usually_ascending(std::string_view column);

/// The columns that keys choose an order by, in their order.
[[nodiscard]] std::span<const std::string_view> orders();

/// Whether `text` has `part`, capital or not (ASCII). An empty part is in everything.
[[nodiscard]] bool has_text(std::string_view text, std::string_view part);

}  // namespace vigie::tui
