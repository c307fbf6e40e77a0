#include "views/capability_columns.hpp"

#include <iterator>
#include <string_view>

#include <fmt/format.h>

#include "base/text.hpp"
#include "format/folded.hpp"

namespace vigie::views {
namespace {

constexpr std::size_t id_width = 20, status_width = 11;
constexpr std::size_t margin = id_width + status_width + 2;
/// Narrower than this the sentences stand on lines of their own rather than in a column of a few letters.
constexpr std::size_t least_text = 30;

void append_capability(std::string& out, const Capability& one, std::size_t width) {
  const bool narrow = width > 0 && width < margin + least_text;
  const std::size_t indent = narrow ? 2 : margin;
  const format::Fold fold{.width = width, .column = indent, .indent = indent};
  fmt::format_to(std::back_inserter(out), "{:<{}} {:<{}} ", one.id, id_width, name_of(one.status), status_width);
  if (narrow) out += "\n  ";
  format::append_folded(out, safe_text(one.reason), fold);
  if (one.advice.empty()) return;
  out.append(indent, ' ');
  format::append_folded(out, "do: " + safe_text(one.advice), fold);
}

}  // namespace

const std::vector<Column<Capability>>& capability_columns() {
  static const std::vector<Column<Capability>> all = {
      {&metric("id"), [](const Capability& one) -> Cell { return one.id; }},
      {&metric("status"), [](const Capability& one) -> Cell { return name_of(one.status); }},
      {&metric("value"), [](const Capability& one) { return cell_of(one.value); }},
      {&metric("unit"), [](const Capability& one) -> Cell { return one.unit; }},
      {&metric("reason"), [](const Capability& one) -> Cell { return std::string_view(one.reason); }},
      {&metric("advice"), [](const Capability& one) -> Cell { return std::string_view(one.advice); }},
  };
  return all;
}

std::string capability_text(const std::vector<Capability>& rows, bool header, std::size_t width) {
  std::string out;
  if (header) {
    fmt::format_to(std::back_inserter(out), "{:<{}} {:<{}} {}\n", "CAPABILITY", id_width, "STATUS", status_width,
                   metric("reason").title);
  }
  for (const Capability& one : rows) append_capability(out, one, width);
  return out;
}

}  // namespace vigie::views
