#include "base/root.hpp"

#include <fcntl.h>

#include <cerrno>

namespace vigie {

Result<Root> Root::open(const std::string& dir) {
  constexpr int flags = O_PATH | O_DIRECTORY | O_CLOEXEC;
  Root root;
  root.live_ = dir == "/";
  Dirs dirs{.proc = Fd(::open((dir + "/proc").c_str(), flags)), .sys = {}};
  if (!dirs.proc) {
    const int error = errno;
    auto failed = fail_errno("cannot open " + dir + "/proc", error);
    if (error == ENOENT) failed.error().kind = ErrorKind::usage;
    return failed;
  }
  dirs.sys.reset(::open((dir + "/sys").c_str(), flags));
  root.dirs_ = std::make_shared<const Dirs>(std::move(dirs));
  return root;
}

}  // namespace vigie
