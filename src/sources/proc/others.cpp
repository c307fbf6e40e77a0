#include "sources/proc/others.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "base/fd.hpp"

namespace vigie::proc {

bool others_are_hidden(const Root& root) {
  if (!root.live()) return false;
  const Fd first(::openat(root.proc(), "1/stat", O_RDONLY | O_CLOEXEC));
  return !first && (errno == ENOENT || errno == EACCES || errno == EPERM);
}

}  // namespace vigie::proc
