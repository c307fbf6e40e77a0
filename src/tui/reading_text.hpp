// Readings as a screen writes them: known, old, unknown, denied, unsupported and zero look different.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "format/table.hpp"
#include "model/catalogue.hpp"
#include "model/reading.hpp"

namespace vigie::tui {

/// "?" unknown, "denied", "n/a" unsupported, "…" not known yet, "·" not read; empty for what is there.
[[nodiscard]] std::string_view absence_text(Presence presence);

/// A percentage as a share of 1, as bars take it.
[[nodiscard]] Reading<double> share_of(const Reading<double>& percent);
[[nodiscard]] Reading<double> as_double(const Reading<std::uint64_t>& number);

/// "34%", "~34%" for an old value.
[[nodiscard]] std::string percent_text(const Reading<double>& percent);
/// "1.2G"; with `after` behind it: "1.2M/s".
[[nodiscard]] std::string bytes_text(const Reading<double>& bytes, std::string_view after = {});

/// A cell of a table; raw.
[[nodiscard]] std::string cell_text(const Metric& metric, const format::Cell& cell);
/// Whether it is an amount of nothing, which a screen shows quietly. A number that is a name (a PID) is no amount.
[[nodiscard]] bool is_nothing(const Metric& metric, const format::Cell& cell);
/// Whether the column's numbers stand below each other at their right end.
[[nodiscard]] bool is_right_aligned(const Metric& metric);

}  // namespace vigie::tui
