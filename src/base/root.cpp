#include "base/root.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>

namespace vigie {
namespace {

/// Whether that directory is a proc tree: it has `self` (proc(5)) in every PID namespace, also where this process has
/// no number.
bool is_proc_tree(int proc) {
  struct stat self{};
  return ::fstatat(proc, "self", &self, AT_SYMLINK_NOFOLLOW) == 0;
}

}  // namespace

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
  // A saved host or a fixture has what was saved.
  if (root.live_ && !is_proc_tree(dirs.proc.get()))
    return fail("/proc is not mounted here: neither processes nor the host can be seen");
  dirs.sys.reset(::open((dir + "/sys").c_str(), flags));
  root.dirs_ = std::make_shared<const Dirs>(std::move(dirs));
  return root;
}

}  // namespace vigie
