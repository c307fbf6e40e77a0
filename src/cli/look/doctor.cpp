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

namespace vigie::cli {

namespace {

using format::Cell;
using format::Column;

constexpr std::size_t id_width = 20, status_width = 11;
constexpr std::size_t margin = id_width + status_width + 2;
/// Narrower than this the sentences stand on lines of their own rather than in a column of a few letters.
constexpr std::size_t least_text = 30;

const std::vector<Column<Capability>>& columns() {
  static const std::vector<Column<Capability>> all = {
      {&metric("id"), [](const Capability& one) -> Cell { return one.id; }, {}},
      {&metric("status"), [](const Capability& one) -> Cell { return name_of(one.status); }, {}},
      {&metric("value"), [](const Capability& one) { return format::cell_of(one.value); }, {}},
      {&metric("unit"), [](const Capability& one) -> Cell { return one.unit; }, {}},
      {&metric("reason"), [](const Capability& one) -> Cell { return std::string_view(one.reason); }, {}},
      {&metric("advice"), [](const Capability& one) -> Cell { return std::string_view(one.advice); }, {}},
  };
  return all;
}

/// Appends words with line breaks before `width`, what follows the first line indented. Width 0: one line.
void append_wrapped(std::string& out, std::string_view text, std::size_t indent, std::size_t width) {
  std::size_t used = indent;
  bool first = true;
  while (!text.empty()) {
    const std::string_view word = text.substr(0, text.find(' '));
    text.remove_prefix(std::min(word.size() + 1, text.size()));
    const std::size_t columns = display_width(word);
    if (!first && width > 0 && used + 1 + columns > width) {
      out += '\n';
      out.append(indent, ' ');
      used = indent;
    } else if (!first) {
      out += ' ';
      ++used;
    }
    out += word;
    used += columns;
    first = false;
  }
  out += '\n';
}

void append_capability(std::string& out, const Capability& one, std::size_t width) {
  const bool narrow = width > 0 && width < margin + least_text;
  const std::size_t indent = narrow ? 2 : margin;
  fmt::format_to(std::back_inserter(out), "{:<{}} {:<{}} ", one.id, id_width, name_of(one.status), status_width);
  if (narrow) out += "\n  ";
  append_wrapped(out, safe_text(one.reason), indent, width);
  if (one.advice.empty()) return;
  out.append(indent, ' ');
  append_wrapped(out, "do: " + safe_text(one.advice), indent, width);
}

View render(const Frame& frame, const LookOptions& options) {
  View view;
  const std::vector<Capability>& rows = frame.snapshot->capabilities;
  if (options.json || options.csv) {
    append_table(view.text, options, frame, "capabilities",
                 format::make_table(std::span<const Column<Capability>>(columns()), std::span<const Capability>(rows)));
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
