// The processes of a run as a matrix: a letter each, a rank or trainer with its workers together.
#pragma once

#include <string>
#include <vector>

#include "model/frame.hpp"
#include "tui/doing.hpp"
#include "tui/grid.hpp"
#include "tui/view_state.hpp"

namespace vigie::tui {

struct MatrixCell {
  Doing doing = Doing::unknown;
  RowKey key = {};  ///< none of a rank that is not there
};

/// A rank or trainer and its loader workers, or all the processes of one other role.
struct MatrixGroup {
  std::string label;
  std::vector<MatrixCell> heads, workers;
};

/// Ranks by number, those that are missing between others included; then what else belongs to the run.
[[nodiscard]] std::vector<MatrixGroup> matrix_of(const Frame& frame, const Run& run);

/// The keys of all cells, in the order in which they are drawn.
[[nodiscard]] std::vector<RowKey> keys_of(const std::vector<MatrixGroup>& groups);

/// Rows that the matrix takes with a label at each group.
[[nodiscard]] int matrix_rows(const std::vector<MatrixGroup>& groups, int columns);
/// Draws it from that row on; where `rows` are too few for the labels, all heads in one block and all workers in
/// another. What does not fit is counted at the end.
void draw_matrix(Grid& grid, int row, int rows, const std::vector<MatrixGroup>& groups, const ViewState& state);

}  // namespace vigie::tui
