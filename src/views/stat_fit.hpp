// Which columns of `vigie stat` fit a terminal: whole groups give way, numbers are never cut.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "views/stat_columns.hpp"

namespace vigie::views {

/// Columns that stay or go together.
struct StatPart {
  std::string name;  ///< for people: "psi", "--top"
  std::vector<StatColumn> columns;
  int spare = 0;  ///< those that can be spared most go first, of equal ones the last
};

/// The columns of these groups (none: the overview), or of a row for each CPU, disk, interface or GPU, in parts: if a
/// narrow terminal has no room, parts go from the end.
[[nodiscard]] std::vector<StatPart> stat_parts(const std::vector<const StatGroup*>& groups, StatRows rows, bool people,
                                               bool top);

class StatFit {
 public:
  /// The first part stays whatever happens.
  explicit StatFit(std::vector<StatPart> parts) : parts_(std::move(parts)) {}

  /// Takes the widest that was ever seen of each column. True when other columns are shown from here on.
  bool fit(const std::vector<StatRow>& rows, std::size_t width, bool people);
  [[nodiscard]] std::vector<StatColumn> columns() const;
  /// "not shown on 80 columns: --top, proc"; empty when everything is.
  [[nodiscard]] std::string note(std::size_t width) const;

 private:
  [[nodiscard]] std::size_t total() const;

  std::vector<StatPart> parts_;
  std::vector<std::string> dropped_;
  std::map<std::string_view, std::size_t> widest_;
};

}  // namespace vigie::views
