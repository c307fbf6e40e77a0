#include "sources/proc/proc_source.hpp"

#include <fmt/format.h>

#include "sources/proc/read_once.hpp"
#include "sources/proc/stat.hpp"

namespace vigie::proc {

Fields fields_for_runs() {
  return static_fields();
}

Fields static_fields() {
  return Field::cmdline | Field::exe | Field::variables | Field::frameworks | Field::cwd | Field::cgroup;
}

bool is_alive(const Root& root, ProcessId id) {
  std::string buffer;
  if (read_once(root.proc(), fmt::format("{}/stat", id.pid).c_str(), buffer) != 0) return false;
  const StateAndStart seen = parse_state(buffer);
  return seen.start_ticks == id.start_ticks && seen.state != 'Z' && seen.state != 'X' && seen.state != '?';
}

}  // namespace vigie::proc
