// What is wrong now: the findings about all runs and the machine, then the checklist of the machine, the worst first.
#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "rules/check/check.hpp"
#include "rules/check/explained.hpp"
#include "tui/alert_subject.hpp"
#include "tui/parts.hpp"
#include "tui/process_list.hpp"
#include "tui/prose.hpp"
#include "tui/run_lines.hpp"
#include "tui/screen_view.hpp"
#include "views/check_columns.hpp"
#include "views/verdict.hpp"

namespace vigie::tui {
namespace {

using rules::CheckItem;
using rules::CheckStatus;

constexpr std::string_view no_runs = "No run is alive: what is wrong with runs is found while they are.";

struct Alert {
  Conclusion what;
  RowKey key;
  int rank = 0;  ///< the worst first: 0
};

int rank_of(Severity severity) {
  switch (severity) {
    case Severity::critical: return 0;
    case Severity::warning: return 1;
    case Severity::info: return 3;
  }
  return 3;
}

/// An item of the checklist beside the findings: "disk.busy: 91 %, wanted < 80".
Alert alert_of(const CheckItem& item) {
  const std::string value =
      item.value ? fmt::format("{:g}{}{}", std::round(*item.value * 10) / 10, item.unit.empty() ? "" : " ", item.unit)
                 : std::string(name_of(item.value.presence()));
  Alert alert{.what = {.headline = fmt::format("host: {} is {}, wanted {} [check, {}]", item.id, value, item.target,
                                               name_of(item.status)),
                       .role = role_of(views::paint_of(item.status))},
              .key = RowKey::of_other(fmt::format("check {}", item.id)),
              .rank = item.status == CheckStatus::critical ? 0 : 2};
  if (!item.advice.empty()) alert.what.details.push_back(detail_line("do", item.advice));
  return alert;
}

bool is_trouble(const CheckItem& item) {
  return item.status == CheckStatus::critical || item.status == CheckStatus::warning;
}

struct Alerts {
  std::vector<Alert> all;  ///< the worst first
  std::string checklist;   ///< its summary
  std::size_t findings = 0;
};

/// Findings about runs are there where a run was judged; the checklist always is.
Alerts alerts_of(const Frame& frame) {
  Alerts alerts;
  const views::Verdict verdict = views::verdict_on(frame, shown_runs(frame), {.host = true});
  for (Conclusion& one : conclusions_of(verdict)) {
    if (!one.severity) continue;
    const RowKey key = key_of_alert(one.rule, one.subject);
    const int rank = rank_of(*one.severity);
    alerts.all.push_back({.what = std::move(one), .key = key, .rank = rank});
  }
  alerts.findings = alerts.all.size();
  std::vector<CheckItem> items = rules::check(frame, {});
  alerts.checklist = views::summary_of(items);
  views::worst_first(items);
  for (const CheckItem& item : items) {
    const bool explained =
        std::ranges::any_of(verdict.findings, [&](const Finding& finding) { return rules::explains(finding, item); });
    // One that is critical and that nothing explains is a finding about the host.
    if (is_trouble(item) && !explained && (item.status == CheckStatus::warning || frame.delta.elapsed_seconds <= 0))
      alerts.all.push_back(alert_of(item));
  }
  std::ranges::stable_sort(alerts.all, {}, &Alert::rank);
  return alerts;
}

std::string heading_of(const Alerts& alerts) {
  if (alerts.all.empty()) return "Nothing wrong is seen";
  return fmt::format("{} finding{}", alerts.findings, alerts.findings == 1 ? "" : "s");
}

/// Which alerts are open: the one under the cursor, or else the first; and others, the worst first, while all fit.
std::vector<bool> opened(const std::vector<Alert>& alerts, std::size_t cursor, int rows, int columns) {
  std::vector<bool> open(alerts.size());
  if (alerts.empty()) return open;
  rows -= static_cast<int>(alerts.size()) - 1 + rows_of(alerts[cursor].what, columns);
  open[cursor] = true;
  for (std::size_t at = 0; at < alerts.size(); ++at) {
    const int more = rows_of(alerts[at].what, columns) - 1;
    if (open[at] || more > rows) continue;
    open[at] = true;
    rows -= more;
  }
  return open;
}

/// So many alerts from `top` on fit; the one that is open may be cut, but only where it is the first.
std::size_t page_from(const std::vector<Alert>& alerts, const std::vector<bool>& open, std::size_t top, int rows,
                      int columns) {
  std::size_t count = 0;
  for (std::size_t at = top; at < alerts.size(); ++at) {
    rows -= rows_of(alerts[at].what, columns, open[at]);
    if (rows < 0 && count > 0) break;
    ++count;
  }
  return std::max<std::size_t>(count, 1);
}

/// The first alert to show, so that the one under the cursor is in view, as a whole where it can be.
std::size_t top_for(const std::vector<Alert>& alerts, const std::vector<bool>& open, std::size_t top,
                    std::size_t cursor, int rows, int columns) {
  top = std::min(top, cursor);
  while (top < cursor && top + page_from(alerts, open, top, rows, columns) <= cursor) ++top;
  return top;
}

}  // namespace

Picture draw_alerts(const Window& window, const ViewState& state, Size size) {
  Picture picture{.grid = Grid(size)};
  Alerts alerts = alerts_of(*window.frame);
  std::erase_if(alerts.all, [&](const Alert& alert) { return !has_text(alert.what.headline, state.filter); });
  for (const Alert& alert : alerts.all) {
    if (!state.search.empty() && has_text(alert.what.headline, state.search))
      picture.matches.push_back(picture.rows.size());
    picture.rows.push_back(alert.key);
  }
  draw_heading(picture.grid, 0, heading_of(alerts), "checklist (vigie check): " + alerts.checklist);
  const bool none = std::ranges::all_of(shown_runs(*window.frame), [](const Run* run) { return is_over(run->state); });
  if (none) draw_prose(picture.grid, size.rows - 1, 1, no_runs, Role::dim);
  const int rows = size.rows - (none ? 2 : 1);
  const std::size_t cursor = position_of(state.selected, picture.rows).value_or(0);
  const std::vector<bool> open = opened(alerts.all, cursor, rows, size.columns);
  picture.top = top_for(alerts.all, open, state.top, cursor, rows, size.columns);
  picture.page = page_from(alerts.all, open, picture.top, rows, size.columns);
  int row = 1;
  for (std::size_t at = picture.top; at < alerts.all.size() && row <= rows; ++at) {
    const int drawn = draw_conclusion(picture.grid, row, rows + 1 - row, alerts.all[at].what, open[at]);
    if (std::ranges::binary_search(picture.matches, at))
      picture.grid.paint({.row = row, .column = 0, .rows = 1, .columns = size.columns}, Role::match);
    if (picture.rows[at] == state.selected)
      picture.grid.paint({.row = row, .column = 0, .rows = 1, .columns = size.columns}, Role::selected);
    row += drawn;
  }
  return picture;
}

}  // namespace vigie::tui
