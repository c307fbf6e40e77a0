// vigie maps: what the memory of processes is for, with shared pages counted once.
#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "act/target.hpp"
#include "base/units.hpp"
#include "cli/command.hpp"
#include "cli/look.hpp"
#include "views/mapping_rows.hpp"

namespace vigie::cli {

namespace {

struct MapsOptions {
  LookOptions look;
  std::string target;
  std::string budget = "5";
  bool all = false;
  views::MappingGrowth growth;
};

/// Columns for people: without those that they can derive, and without growth before a second look.
template <class Row>
void append_rows(std::string& out, const Frame& frame, const MapsOptions& options,
                 std::vector<views::Column<Row>> columns, const std::vector<Row>& rows) {
  if (options.look.for_people()) {
    std::vector<std::string_view> hidden = {"dirty_bytes"};
    if (options.all) hidden.emplace_back("category");
    if (std::ranges::none_of(rows, [](const Row& row) { return row.growth.has_value(); }))
      hidden.emplace_back("growth_bytes");
    columns = views::without(std::move(columns), hidden);
  }
  append_table(out, options.look, frame, "mappings", views::make_table(columns, rows));
}

Result<View> render(const Frame& frame, MapsOptions& options) {
  View view;
  RETURN_IF_ERROR(some_detail_readable(frame, &ProcessDetail::mappings, "memory map"));
  if (options.all) {
    append_rows(view.text, frame, options, views::mapping_columns(), options.growth.rows(frame));
  } else {
    append_rows(view.text, frame, options, views::mapping_total_columns(), options.growth.totals(frame));
  }
  append_denied_note(view.text, options.look, frame, &ProcessDetail::mappings);
  const bool late = std::ranges::any_of(frame.snapshot->sources,
                                        [](const SourceStatus& source) { return source.state == SourceState::late; });
  append_note(view.text, options.look, late, "- was not read within the budget; --budget 60 takes more time for it");
  return view;
}

}  // namespace

void define_maps(Command& command) {
  auto options = std::make_shared<MapsOptions>();
  command.examples(
      "Examples:\n"
      "  vigie maps resnet                  what the memory of a run is for; ONCE counts shared pages once\n"
      "  vigie maps --all 4711              every mapping, as pmap -x has it\n"
      "  vigie maps -w resnet               does it grow? GROWTH is since the first look");
  command.option("TARGET", options->target, "PID, run, or %PATTERN").required();
  command.flag("-a,--all,--mappings", options->all, "every mapping");
  command.option("--budget", options->budget, "time to find out what is resident: slow on huge processes (5)")
      .value_name("SECONDS");
  add_look_options(command, options->look, "0");
  command.does([options]() -> Result<int> {
    ASSIGN_OR_RETURN(double budget, parse_duration(options->budget));
    FeedOptions feed = act::feed_about(options->target, proc::Detail::mappings);
    feed.what.detail.budget_seconds = budget;
    return look(options->look, feed, [&](const Frame& frame) { return render(frame, *options); });
  });
}

}  // namespace vigie::cli
