// Any bytes in the place of maps and smaps: paths are chosen by whoever maps them.
#include "input.hpp"
#include "sources/proc/mappings.hpp"

FUZZ(lines) {
  std::vector<vigie::Mapping> mappings;
  vigie::proc::parse_mappings(lines, mappings);
  must(mappings.size() <= lines.size());
}
