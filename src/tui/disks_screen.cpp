// Disks and network: their traffic over time, each device, file systems that fill up, and who causes it.
#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

#include "tui/parts.hpp"
#include "tui/prose.hpp"
#include "tui/reading_text.hpp"
#include "tui/screen_view.hpp"
#include "tui/storage_tables.hpp"
#include "tui/two_way_graph.hpp"

namespace vigie::tui {
namespace {

/// In the order of their importance.
enum DiskPart : std::uint8_t { of_disks, of_causers, of_mounts, of_interfaces, of_graphs, of_traffic, disk_parts };

Series host_course(const Window& window, Reading<double> HostMoment::* value) {
  return window.series([&](const Moment& moment) { return moment.host.*value; });
}

void draw_graphs(Grid& grid, int row, int rows, const Window& window, const ViewState& state) {
  constexpr int gap = 2;
  if (rows <= 0) return;
  const TwoWay disks{.title = "Disks",
                     .up_name = "read",
                     .down_name = "write",
                     .up = host_course(window, &HostMoment::read_bytes),
                     .down = host_course(window, &HostMoment::written_bytes)};
  const TwoWay network{.title = "Network",
                       .up_name = "in",
                       .down_name = "out",
                       .up = host_course(window, &HostMoment::received_bytes),
                       .down = host_course(window, &HostMoment::sent_bytes)};
  const int width = (grid.columns() - gap) / 2;
  draw_two_way(grid, {.row = row, .column = 0, .rows = rows, .columns = width}, disks, window, state);
  draw_two_way(grid, {.row = row, .column = width + gap, .rows = rows, .columns = width}, network, window, state);
}

/// A table, or why there is none.
template <class Part>
void draw_part(Grid& grid, int row, int rows, const TextTable& table, const Reading<Part>& source,
               std::string_view what, const ViewState& state) {
  if (rows <= 0) return;
  if (!source) {
    const int column = grid.put(row, 0, what, Role::title);
    grid.put_cut(row, column + 1, absence_text(source.presence()), grid.columns() - column - 1, Role::dim);
    return;
  }
  draw_table(grid, {.row = row, .column = 0, .rows = rows, .columns = grid.columns()}, table, state);
}

/// A heading, and the table below it from `top` on.
void draw_causers(Grid& grid, int row, int rows, const Causers& causers, const ViewState& state, std::size_t top) {
  if (rows <= 0) return;
  draw_heading(grid, row, causers.table.rows.empty() ? "No process reads or writes" : "Who reads and writes",
               causers.note);
  if (causers.table.rows.empty()) return;
  draw_table(grid, {.row = row + 1, .column = 0, .rows = rows - 1, .columns = grid.columns()}, causers.table, state,
             top);
}

struct Tables {
  TextTable disks, mounts, interfaces, traffic;
  Causers causers;

  Tables(const Frame& frame, int columns, const ViewState& state)
      : disks(table_of_disks(frame, columns)),
        mounts(table_of_mounts(frame, columns)),
        interfaces(table_of_interfaces(frame, columns)),
        traffic(table_of_traffic(frame)),
        causers(causers_of_io(frame, 1000)) {
    keep_rows_with(causers.table, state.filter);
  }

  [[nodiscard]] std::array<RowsWanted, disk_parts> wanted(const Frame& frame) const {
    const HostSample& host = frame.snapshot->host;
    const auto part = [](const TextTable& table, bool known, int least) {
      return RowsWanted{.least = least, .most = known ? rows_of_table(table.rows.size()) : 1};
    };
    std::array<RowsWanted, disk_parts> all{};
    all[of_disks] = part(disks, host.disks.has_value(), 2);
    all[of_mounts] = part(mounts, host.mounts.has_value(), 3);
    all[of_interfaces] = part(interfaces, host.interfaces.has_value(), 3);
    all[of_graphs] = {.least = 5, .most = 11};
    const int busy = rows_of_table(causers.table.rows.size());
    all[of_causers] = {.least = std::min(4, busy + 1), .most = busy + 1};
    all[of_traffic] = {.least = 3, .most = rows_of_table(traffic.rows.size())};
    return all;
  }
};

}  // namespace

Picture draw_disks(const Window& window, const ViewState& state, Size size) {
  Picture picture{.grid = Grid(size)};
  Grid& grid = picture.grid;
  const Frame& frame = *window.frame;
  const Tables tables(frame, size.columns, state);
  const std::vector<int> rows = share_rows(size.rows, tables.wanted(frame));
  picture.rows = tables.causers.table.keys;
  append_matches(picture.matches, tables.causers.table, state.search, 0);
  picture.page = static_cast<std::size_t>(std::max(rows[of_causers] - 2, 1));
  picture.top = top_of_list(state, picture.rows, 0, picture.page);
  const HostSample& host = frame.snapshot->host;
  int row = 0;
  const auto next = [&](DiskPart part) { return std::exchange(row, row + rows[part]); };
  draw_graphs(grid, next(of_graphs), rows[of_graphs], shown_part(window, size.columns), state);
  draw_part(grid, next(of_disks), rows[of_disks], tables.disks, host.disks, "Disks", state);
  draw_part(grid, next(of_mounts), rows[of_mounts], tables.mounts, host.mounts, "File systems", state);
  draw_part(grid, next(of_interfaces), rows[of_interfaces], tables.interfaces, host.interfaces, "Network", state);
  draw_causers(grid, next(of_causers), rows[of_causers], tables.causers, state, picture.top);
  draw_table(grid, {.row = next(of_traffic), .column = 0, .rows = rows[of_traffic], .columns = size.columns},
             tables.traffic, state);
  return picture;
}

}  // namespace vigie::tui
