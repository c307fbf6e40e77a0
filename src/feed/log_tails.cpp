#include "feed/log_tails.hpp"

#include "wire/log_reader.hpp"

namespace vigie {

void add_log_tails(std::string_view target, Snapshot& snapshot) {
  // A traceback through a framework is some hundred lines, and the workers' ones come before it.
  constexpr std::size_t most_bytes = 64 << 10;
  if (target.empty()) return;
  for (SupervisedSample& sample : snapshot.supervised) {
    const RunRecord& record = sample.record;
    if (!is_over(record.state) && sample.holder_alive) continue;
    if (!record.name.starts_with(target) && !record.id.starts_with(target)) continue;
    if (!record.directory.empty()) sample.log_tail = wire::log_tail(record.directory, most_bytes);
  }
}

}  // namespace vigie
