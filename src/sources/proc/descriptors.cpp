#include "sources/proc/descriptors.hpp"

#include <sys/resource.h>

namespace vigie::proc {

std::size_t room_for_descriptors() {
  constexpr rlim_t spare = 256;
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
  if (limit.rlim_cur < limit.rlim_max) {
    limit.rlim_cur = limit.rlim_max;
    if (::setrlimit(RLIMIT_NOFILE, &limit) != 0) ::getrlimit(RLIMIT_NOFILE, &limit);
  }
  return limit.rlim_cur > spare ? static_cast<std::size_t>(limit.rlim_cur - spare) : 0;
}

}  // namespace vigie::proc
