#include "feed/log_tails.hpp"

#include "wire/log_reader.hpp"

namespace vigie {

void add_log_tails(std::string_view target, Snapshot& snapshot) {
  // A traceback through a framework is some hundred lines, and the workers' ones come before it.
  constexpr std::size_t most_bytes = 64 << 10;
  // Of a live run, only enough to hold a question that it asks.
  constexpr std::size_t last_lines = 4 << 10;
  for (SupervisedSample& sample : snapshot.supervised) {
    const RunRecord& record = sample.record;
    if (!is_over(record.state) && sample.holder_alive) {
      const bool here = sample.elsewhere.empty() && !record.directory.empty() && record.state != RunState::queued;
      if (here) sample.log_tail = wire::log_tail(record.directory, last_lines);
      continue;
    }
    if (target.empty() || record.directory.empty()) continue;
    if (!record.name.starts_with(target) && !record.id.starts_with(target)) continue;
    sample.log_tail = wire::log_tail(record.directory, most_bytes);
  }
}

}  // namespace vigie
