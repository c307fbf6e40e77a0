// Any bytes in the place of io, environ, maps, status and a CPU list of a process.
#include "input.hpp"
#include "sources/proc/fields.hpp"

FUZZ(text) {
  static_cast<void>(vigie::proc::parse_io(text));
  static_cast<void>(vigie::proc::parse_frameworks(text));
  static_cast<void>(vigie::proc::parse_effective_uid(text));
  must(vigie::proc::parse_variables(text).rank.size() <= text.size());
  const vigie::Reading<unsigned> cpus = vigie::proc::parse_cpu_list(text);
  must(!cpus.has_value() || *cpus > 0);
}
