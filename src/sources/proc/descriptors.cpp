#include "sources/proc/descriptors.hpp"

#include <fcntl.h>
#include <sys/resource.h>

#include <cerrno>

#include <fmt/format.h>

#include "base/fd.hpp"

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

Result<void> check_room_for_descriptors() {
  constexpr int at_once = 16;  // directories within directories, a file, a library
  Fd tried[at_once];
  for (Fd& fd : tried) {
    fd.reset(::open("/", O_PATH | O_CLOEXEC));
    if (!fd)
      return fail_errno(fmt::format("a look takes {} files open at once (ulimit -n allows fewer)", at_once), errno);
  }
  return {};
}

}  // namespace vigie::proc
