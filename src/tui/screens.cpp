// The table of screens.
#include <algorithm>
#include <array>

#include "tui/screen_view.hpp"

namespace vigie::tui {
namespace {

constexpr std::array table{
    ScreenView{ScreenId::overview, '1', "overview", "Overview", draw_overview},
    ScreenView{ScreenId::run, '2', "run", "Run", draw_run},
    ScreenView{ScreenId::processes, '3', "processes", "Processes", draw_processes},
    ScreenView{ScreenId::gpus, '4', "gpus", "GPUs", draw_gpus},
    ScreenView{ScreenId::disks, '5', "disks", "Disks and network", draw_disks},
    ScreenView{ScreenId::alerts, '6', "alerts", "Alerts", draw_alerts},
};

template <class Value>
const ScreenView* find_screen(Value value, auto member) {
  const auto* const found = std::ranges::find(table, value, member);
  return found == table.end() ? nullptr : &*found;
}

}  // namespace

std::span<const ScreenView> screens() {
  return table;
}

const ScreenView* screen_of(ScreenId id) {
  return find_screen(id, &ScreenView::id);
}

const ScreenView* screen_with_key(char key) {
  return find_screen(key, &ScreenView::key);
}

const ScreenView* screen_named(std::string_view beginning) {
  const auto* const found = std::ranges::find_if(
      table, [&](const ScreenView& screen) { return !beginning.empty() && screen.name.starts_with(beginning); });
  return found == table.end() ? nullptr : &*found;
}

std::size_t scrolled(std::size_t top, std::size_t cursor, std::size_t count, std::size_t page) {
  page = std::max<std::size_t>(page, 1);
  if (cursor < top) top = cursor;
  if (cursor >= top + page) top = cursor - page + 1;
  return std::min(top, count > page ? count - page : 0);
}

std::size_t top_of_list(const ViewState& state, std::span<const RowKey> rows, std::size_t first, std::size_t page) {
  const std::span<const RowKey> list = rows.subspan(std::min(first, rows.size()));
  const std::optional<std::size_t> cursor = position_of(state.selected, list);
  const std::size_t at = cursor && (state.reveal || state.follow) ? *cursor : state.top;
  return scrolled(state.top, at, list.size(), page);
}

std::optional<std::size_t> position_of(const RowKey& selected, std::span<const RowKey> rows) {
  const auto found = std::ranges::find(rows, selected);
  if (found == rows.end()) return {};
  return static_cast<std::size_t>(found - rows.begin());
}

}  // namespace vigie::tui
