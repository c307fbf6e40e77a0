#include "tui/storage_tables.hpp"

#include <algorithm>
#include <functional>
#include <span>
#include <utility>

#include <fmt/format.h>

#include "tui/reading_text.hpp"
#include "views/mount_rows.hpp"
#include "views/net_columns.hpp"
#include "views/process_columns.hpp"
#include "views/stat_columns.hpp"

namespace vigie::tui {
namespace {

using views::InterfaceRow;
using views::MountRow;
using views::ProcessRow;
using views::StatRow;

constexpr int wide = 110;

int bar_columns(int columns) {
  return columns >= wide ? 16 : 8;
}

template <class Row>
std::vector<views::Column<Row>> shown_columns(const std::vector<views::Column<Row>>& all,
                                              const std::vector<std::string_view>& names) {
  return views::for_people(views::chosen(all, std::span(names)));
}

/// A column without content takes what is left of the width: numbers stay beside each other.
void fill_up(TextTable& table) {
  table.columns.emplace_back();
  for (std::vector<TextCell>& row : table.rows) row.emplace_back();
}

double traffic_of(const InterfaceRow& row) {
  return row.rates->received.bytes_per_second.value_or(0) + row.rates->sent.bytes_per_second.value_or(0);
}

bool is_worth_showing(const InterfaceRow& row) {
  return row.sample->state.value_or("up") != "down" || traffic_of(row) > 0;
}

/// The fuller direction of its link.
Reading<double> share_of_link(const InterfaceRow& row) {
  const Reading<double>&in = row.rates->received.bytes_per_second, &out = row.rates->sent.bytes_per_second;
  if (!in || !out) return in ? out.presence() : in.presence();
  if (!row.sample->link_bytes_per_second || *row.sample->link_bytes_per_second == 0) return Presence::unsupported;
  return std::max(*in, *out) / static_cast<double>(*row.sample->link_bytes_per_second);
}

/// Lost packets are what a person should know: any is painted.
void paint_losses(TextTable& table, std::size_t first) {
  for (std::vector<TextCell>& row : table.rows) {
    for (std::size_t at = first; at < row.size(); ++at) {
      if (row[at].role == Role::normal) row[at].role = Role::warn;
    }
  }
}

double io_of(const ProcessRates& rates) {
  return rates.read_bytes_per_second.value_or(0) + rates.write_bytes_per_second.value_or(0);
}

/// Indices of the processes that read or write, those with the most first.
std::vector<std::size_t> busy_on_disks(const Frame& frame, std::size_t most) {
  const std::vector<ProcessRates>& rates = frame.delta.processes;
  std::vector<std::size_t> busy;
  for (std::size_t at = 0; at < std::min(rates.size(), frame.snapshot->processes.size()); ++at) {
    if (io_of(rates[at]) > 0) busy.push_back(at);
  }
  std::ranges::stable_sort(busy, std::ranges::greater{}, [&](std::size_t at) { return io_of(rates[at]); });
  if (busy.size() > most) busy.resize(most);
  return busy;
}

std::string note_on_denied(const Frame& frame) {
  const auto denied = std::ranges::count_if(frame.delta.processes, [](const ProcessRates& one) {
    return one.read_bytes_per_second.presence() == Presence::denied;
  });
  if (denied == 0) return {};
  return fmt::format("not known of {} process{} of others: root sees them", denied, denied == 1 ? "" : "es");
}

}  // namespace

TextTable table_of_disks(const Frame& frame, int columns) {
  std::vector<StatRow> rows = views::stat_rows(frame, views::StatRows::disks, true);
  if (frame.delta.host.disks.size() < (frame.snapshot->host.disks ? frame.snapshot->host.disks->size() : 0)) return {};
  const auto busy = [&](const StatRow& row) { return frame.delta.host.disks[row.index].busy_percent; };
  std::ranges::stable_sort(rows, std::ranges::greater{}, [&](const StatRow& row) { return busy(row).value_or(0); });
  std::vector<std::string_view> names{"disk",
                                      "disk_busy_percent",
                                      "disk_read_bytes_per_second",
                                      "disk_write_bytes_per_second",
                                      "read_await_seconds",
                                      "write_await_seconds",
                                      "queue_length"};
  if (columns >= wide) names.insert(names.end(), {"reads_per_second", "writes_per_second"});
  TextTable table = text_table(shown_columns(views::stat_columns_of(views::StatRows::disks, true), names),
                               std::span<const StatRow>(rows));
  table.columns[1].bar = bar_columns(columns);
  for (std::size_t at = 4; at < table.columns.size(); ++at) table.columns[at].right = true;
  for (std::size_t at = 0; at < rows.size(); ++at) table.rows[at][1].share = share_of(busy(rows[at]));
  fill_up(table);
  return table;
}

TextTable table_of_mounts(const Frame& frame, int columns) {
  const std::vector<MountRow> rows = views::mount_rows(frame);
  TextTable table = text_table(views::for_people(views::mount_columns()), std::span<const MountRow>(rows));
  TextColumn &path = table.columns[0], &used = table.columns[1], &type = table.columns[4];
  path.most = columns >= wide ? 40 : 24;
  used.bar = bar_columns(columns);
  type.most = 10;
  type.spare = 1;
  table.columns.back().title.clear();
  for (std::size_t at = 0; at < rows.size(); ++at) table.rows[at][1].share = share_of(rows[at].used_percent());
  return table;
}

TextTable table_of_interfaces(const Frame& frame, int columns) {
  std::vector<InterfaceRow> rows = views::interface_rows(frame);
  std::erase_if(rows, [](const InterfaceRow& row) { return !is_worth_showing(row); });
  std::ranges::stable_sort(rows, [](const InterfaceRow& a, const InterfaceRow& b) {
    return std::pair(a.sample->physical, traffic_of(a)) > std::pair(b.sample->physical, traffic_of(b));
  });
  const std::vector<std::string_view> names{"interface",
                                            "link_bytes_per_second",
                                            "received_bytes_per_second",
                                            "sent_bytes_per_second",
                                            "receive_errors_per_second",
                                            "send_errors_per_second",
                                            "receive_drops_per_second",
                                            "send_drops_per_second"};
  TextTable table = text_table(shown_columns(views::interface_columns(), names), std::span<const InterfaceRow>(rows));
  table.columns[0].most = 15;
  table.columns[1].bar = bar_columns(columns);
  for (std::size_t at = 0; at < rows.size(); ++at) table.rows[at][1].share = share_of_link(rows[at]);
  paint_losses(table, 4);
  fill_up(table);
  return table;
}

Causers causers_of_io(const Frame& frame, std::size_t most) {
  const std::vector<ProcessRow> rows = views::process_rows(frame, busy_on_disks(frame, most), false);
  std::vector<std::string_view> names{"pid", "user", "read_bytes_per_second", "write_bytes_per_second"};
  if (!frame.view.runs.empty()) names.emplace_back("run");
  names.emplace_back("command");
  Causers causers{
      .table = text_table(shown_columns(views::process_columns(), names), std::span<const ProcessRow>(rows)),
      .note = note_on_denied(frame)};
  for (const ProcessRow& row : rows) causers.table.keys.push_back(RowKey::of(row.process().id));
  for (TextColumn& column : causers.table.columns) {
    if (column.title == "RUN" || column.title == "USER") column.most = 14;
  }
  return causers;
}

TextTable table_of_traffic(const Frame& frame) {
  const std::vector<views::ProcessTraffic> rows = views::traffic_rows(frame);
  TextTable table = text_table(views::traffic_columns(), std::span<const views::ProcessTraffic>(rows));
  for (const views::ProcessTraffic& row : rows) table.keys.push_back(RowKey::of(row.process->id));
  return table;
}

}  // namespace vigie::tui
