// Any bytes in the place of /proc/PID/stat: comm is chosen by the process, the rest may be cut short.
#include "input.hpp"
#include "sources/proc/stat.hpp"

FUZZ(line) {
  vigie::ProcessSample process;
  const bool whole = vigie::proc::parse_stat(line, process);
  const vigie::proc::StateAndStart start = vigie::proc::parse_state(line);
  // Both readers must agree on who a process is: the state sampler trusts the one, the scan the other.
  must(!whole || start.state == '?' || start.start_ticks == process.id.start_ticks);
}
