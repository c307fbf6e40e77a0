#include "views/call_rows.hpp"

#include <cmath>

namespace vigie::views {
namespace {

/// The file of the call; without one, the resource that such a call waits for.
Cell waits_for(const CallRow& row) {
  const CallKey& key = row.seen->key;
  if (!key.file.empty()) return std::string_view(key.file);
  if (!key.call || key.call->empty()) return Presence::not_read;
  switch (wait_kind(*key.call)) {
    case WaitKind::poll: return std::string_view("any of several files");
    case WaitKind::lock: return std::string_view("a lock or another thread");
    case WaitKind::stream: return std::string_view("a pipe or socket");
    case WaitKind::timer: return std::string_view("time to pass");
    case WaitKind::child: return std::string_view("a child process");
    case WaitKind::other: break;
  }
  return Presence::unknown;
}

Cell call_of(const CallRow& row) {
  const Reading<std::string>& call = row.seen->key.call;
  if (call && call->empty()) return Presence::not_read;  // in its own code
  return cell_of(call);
}

}  // namespace

const std::vector<Column<CallRow>>& call_columns() {
  static const std::vector<Column<CallRow>> all = {
      {&metric("pid"), [](const CallRow& row) -> Cell { return std::int64_t{row.pid}; }},
      {&metric("comm"), [](const CallRow& row) -> Cell { return std::string_view(row.seen->key.comm); }},
      {&metric("thread_state"), [](const CallRow& row) -> Cell { return name_of(row.seen->key.state); }},
      {&metric("sample_percent"), [](const CallRow& row) -> Cell { return 100 * row.seen->share; }},
      {&metric("threads"),
       [](const CallRow& row) -> Cell { return static_cast<std::int64_t>(std::ceil(row.seen->threads)); }},
      {&metric("call"), call_of},
      {&metric("waits_for"), waits_for},
  };
  return all;
}

std::vector<CallRow> call_rows(const Frame& frame) {
  std::vector<CallRow> rows;
  const std::vector<ProcessDetail>& details = frame.snapshot->details;
  for (std::size_t index = 0; index < details.size(); ++index) {
    if (!frame.delta.calls[index]) continue;
    for (const CallShare& seen : *frame.delta.calls[index]) rows.push_back({details[index].id.pid, &seen});
  }
  return rows;
}

}  // namespace vigie::views
