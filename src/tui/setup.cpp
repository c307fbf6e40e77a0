#include "tui/setup.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "base/units.hpp"
#include "tui/process_list.hpp"

namespace vigie::tui {
namespace {

/// What vigie top reads anyway, in the order in which a list shows it.
constexpr std::array<std::string_view, 19> offered{"pid",
                                                   "ppid",
                                                   "user",
                                                   "nice",
                                                   "state",
                                                   "cpu_percent",
                                                   "cpu_seconds",
                                                   "rss_bytes",
                                                   "mem_percent",
                                                   "gpu_busy_percent",
                                                   "gpu_memory_bytes",
                                                   "io_bytes_per_second",
                                                   "read_bytes_per_second",
                                                   "write_bytes_per_second",
                                                   "run_delay_percent",
                                                   "threads",
                                                   "elapsed_seconds",
                                                   "run",
                                                   "role"};

/// And those that the user has configured beside them.
std::vector<std::string> all_offered(const ViewState& state) {
  std::vector<std::string> names(offered.begin(), offered.end());
  for (const std::string& name : state.columns) {
    if (name != "command" && std::ranges::find(names, name) == names.end()) names.push_back(name);
  }
  return names;
}

std::vector<std::string> ticked(const ViewState& state) {
  return state.columns.empty() ? usual_columns() : state.columns;
}

bool is_in(const std::vector<std::string>& names, const std::string& name) {
  return std::ranges::find(names, name) != names.end();
}

/// The order that the user has configured stays; a column that is added stands at the end, before the command.
void tick(ViewState& state) {
  const std::string name = all_offered(state)[state.setup_at];
  std::vector<std::string> columns = ticked(state);
  if (std::erase(columns, name) == 0) {
    std::erase(columns, "command");
    columns.push_back(name);
  }
  if (!is_in(columns, "command")) columns.emplace_back("command");
  state.columns = std::move(columns);
}

std::string cost_line(const OwnCost& cost) {
  const std::string cpu =
      cost.cpu_percent ? fmt::format("{:.1f} % of a CPU", *cost.cpu_percent) : "CPU not measured yet";
  const std::string memory = cost.rss_bytes ? human_bytes(*cost.rss_bytes) : "memory not known";
  if (!cost.step) return fmt::format("{}, {}", cpu, memory);
  return fmt::format("{}, {}; a look takes {:.1f} ms, was late by {:.1f} ms", cpu, memory, 1e3 * cost.step->seconds,
                     1e3 * cost.step->late_seconds);
}

}  // namespace

void draw_setup(Grid& grid, const ViewState& state, const std::optional<OwnCost>& cost) {
  constexpr int first = 3;
  const int columns = grid.columns(), last = grid.rows() - 1;
  grid.clear({.row = 0, .column = 0, .rows = grid.rows(), .columns = columns});
  grid.put_cut(0, 0, "Columns of processes, and what vigie top costs", columns, Role::title);
  grid.put_cut(1, 0, "own cost: " + (cost ? cost_line(*cost) : std::string("not measured")), columns);
  const std::vector<std::string> names = all_offered(state), chosen = ticked(state);
  const auto room = static_cast<std::size_t>(std::max(last - first, 1));
  const std::size_t at = std::min(state.setup_at, names.size() - 1);
  std::size_t line = at >= room ? at - room + 1 : 0;
  for (int row = first; row < last && line < names.size(); ++row, ++line) {
    const Metric& about = *views::process_column(names[line]).metric;
    const std::string text =
        fmt::format("[{}] {:<32}{}", is_in(chosen, names[line]) ? 'x' : ' ', names[line], about.help);
    grid.put_cut(row, 2, text, columns - 2, line == at ? Role::selected : Role::normal);
  }
  grid.put_cut(last, 0, "up and down choose, Space shows or hides, any other key goes back", columns, Role::dim);
}

void press_setup(ViewState& state, const Key& key) {
  const std::size_t last = all_offered(state).size() - 1;
  state.setup_at = std::min(state.setup_at, last);
  if (key.code == Key::Code::down) {
    state.setup_at = std::min(state.setup_at + 1, last);
  } else if (key.code == Key::Code::up) {
    state.setup_at -= std::min<std::size_t>(state.setup_at, 1);
  } else if (key == Key::of(U' ')) {
    tick(state);
  } else {
    state.mode = Mode::normal;
  }
}

}  // namespace vigie::tui
