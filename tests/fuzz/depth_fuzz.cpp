// Any bytes in the place of limits, status, fdinfo and the link of a descriptor.
#include "input.hpp"
#include "sources/proc/limits.hpp"
#include "sources/proc/open_files.hpp"

FUZZ(text) {
  auto limits = vigie::proc::parse_limits(text);
  must(limits.size() <= text.size());
  vigie::proc::add_use(text, limits);
  static_cast<void>(vigie::proc::parse_fdinfo(text));
  static_cast<void>(vigie::proc::type_of_link(text));
}
