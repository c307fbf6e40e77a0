#include "base/root.hpp"

#include <fcntl.h>

#include <cerrno>

namespace vigie {

Result<Root> Root::open(const std::string& dir) {
  constexpr int flags = O_PATH | O_DIRECTORY | O_CLOEXEC;
  Root root;
  root.live_ = dir == "/";
  root.proc_.reset(::open((dir + "/proc").c_str(), flags));
  if (!root.proc_) {
    const int error = errno;
    auto failed = fail_errno("cannot open " + dir + "/proc", error);
    if (error == ENOENT) failed.error().kind = ErrorKind::usage;
    return failed;
  }
  root.sys_.reset(::open((dir + "/sys").c_str(), flags));
  return root;
}

}  // namespace vigie
