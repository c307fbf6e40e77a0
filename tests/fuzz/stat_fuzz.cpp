// Any bytes in the place of /proc/PID/stat: comm is chosen by the process, the rest may be cut short.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "sources/proc/stat.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view line(reinterpret_cast<const char*>(data), size);
  vigie::ProcessSample process;
  const bool whole = vigie::proc::parse_stat(line, process);
  const vigie::proc::StateAndStart start = vigie::proc::parse_state(line);
  // Both readers must agree on who a process is: the state sampler trusts the one, the scan the other.
  if (whole && start.state != '?' && start.start_ticks != process.id.start_ticks) std::abort();
  return 0;
}
