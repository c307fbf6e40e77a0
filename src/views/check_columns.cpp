#include "views/check_columns.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace vigie::views {

using rules::CheckItem;
using rules::CheckStatus;

namespace {

Cell value_cell(const CheckItem& item) {
  if (!item.value) return item.value.presence();
  return std::round(*item.value * 10) / 10;
}

void write_value(JsonWriter& writer, const CheckItem& item) {
  if (item.value) {
    writer.value(*item.value);
  } else {
    writer.null();
  }
}

/// The worst first: critical, warning, then items that could not be looked at, then those that are well.
int rank_of(const CheckItem& item) {
  switch (item.status) {
    case CheckStatus::critical: return 0;
    case CheckStatus::warning: return 1;
    case CheckStatus::unknown: return 2;
    case CheckStatus::ok: break;
  }
  return 3;
}

}  // namespace

Paint paint_of(CheckStatus status) {
  switch (status) {
    case CheckStatus::ok: return Paint::good;
    case CheckStatus::warning: return Paint::notable;
    case CheckStatus::critical: return Paint::bad;
    case CheckStatus::unknown: break;
  }
  return Paint::none;
}

const std::vector<Column<CheckItem>>& check_columns() {
  static const std::vector<Column<CheckItem>> all = {
      {&metric("id"), [](const CheckItem& item) -> Cell { return item.id; }},
      {&metric("value"), value_cell, write_value},
      {&metric("unit"), [](const CheckItem& item) -> Cell { return item.unit; }},
      {&metric("target"), [](const CheckItem& item) -> Cell { return std::string_view(item.target); }},
      {&metric("status"),
       [](const CheckItem& item) -> Cell { return name_of(item.status); },
       {},
       [](const CheckItem& item) { return paint_of(item.status); }},
      {&metric("advice"), [](const CheckItem& item) -> Cell { return std::string_view(item.advice); }},
  };
  return all;
}

std::string summary_of(const std::vector<CheckItem>& items) {
  const auto count = [&](CheckStatus status) { return std::ranges::count(items, status, &CheckItem::status); };
  const auto warnings = count(CheckStatus::warning), unknown = count(CheckStatus::unknown);
  std::string text = fmt::format("{} critical, {} {}, {} ok", count(CheckStatus::critical), warnings,
                                 warnings == 1 ? "warning" : "warnings", count(CheckStatus::ok));
  if (unknown > 0) text += fmt::format(", {} not known", unknown);
  return text;
}

void worst_first(std::vector<CheckItem>& items) {
  std::ranges::stable_sort(items, {}, rank_of);
}

}  // namespace vigie::views
