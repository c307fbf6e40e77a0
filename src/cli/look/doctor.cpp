// vigie doctor: what this host allows vigie, what is missing and how to enable it, and what vigie itself costs.
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/text.hpp"
#include "cli/command.hpp"
#include "cli/look.hpp"
#include "format/folded.hpp"
#include "views/column.hpp"

namespace vigie::cli {

namespace {

constexpr std::size_t id_width = 20, status_width = 11;
constexpr std::size_t margin = id_width + status_width + 2;
/// Narrower than this the sentences stand on lines of their own rather than in a column of a few letters.
constexpr std::size_t least_text = 30;

const std::vector<views::Column<Capability>>& columns() {
  static const std::vector<views::Column<Capability>> all = {
      {&metric("id"), [](const Capability& one) -> format::Cell { return one.id; }},
      {&metric("status"), [](const Capability& one) -> format::Cell { return name_of(one.status); }},
      {&metric("value"), [](const Capability& one) { return format::cell_of(one.value); }},
      {&metric("unit"), [](const Capability& one) -> format::Cell { return one.unit; }},
      {&metric("reason"), [](const Capability& one) -> format::Cell { return std::string_view(one.reason); }},
      {&metric("advice"), [](const Capability& one) -> format::Cell { return std::string_view(one.advice); }},
  };
  return all;
}

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

View render(const Frame& frame, const LookOptions& options) {
  View view;
  const std::vector<Capability>& rows = frame.snapshot->capabilities;
  if (options.json || options.csv) {
    append_table(view.text, options, frame, "capabilities", views::make_table(columns(), rows));
    return view;
  }
  if (!options.no_header) {
    fmt::format_to(std::back_inserter(view.text), "{:<{}} {:<{}} {}\n", "CAPABILITY", id_width, "STATUS", status_width,
                   metric("reason").title);
  }
  for (const Capability& one : rows) append_capability(view.text, one, terminal_width());
  return view;
}

}  // namespace

void define_doctor(Command& command) {
  auto options = std::make_shared<LookOptions>();
  command.examples(
      "Examples:\n"
      "  vigie doctor                     what works here, what does not and why, and what would enable it\n"
      "  sudo vigie doctor                the same with the rights of root\n"
      "  vigie doctor --json | jq '.capabilities[] | select(.status != \"works\") | .advice'\n"
      "The rows \"sampling\" tell how processes are read, and what one look costs in each way. Nothing is changed.");
  add_look_options(command, *options, "0");
  command.does([options] {
    FeedOptions feed;
    feed.processes = false;
    feed.runs = false;
    feed.host = {};
    feed.capabilities = true;
    return look(*options, feed, [&](const Frame& frame) -> Result<View> { return render(frame, *options); });
  });
}

}  // namespace vigie::cli
