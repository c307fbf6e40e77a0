// Any bytes in the place of every file of the host that a look reads: stat, meminfo, loadavg, uptime and pressure. The
// readers open their files, so the tree is a real one, in memory.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmath>
#include <string>

#include "base/fd.hpp"
#include "base/file.hpp"
#include "base/root.hpp"
#include "input.hpp"
#include "sources/sys/host_source.hpp"

namespace {

constexpr const char* files[] = {"stat",         "meminfo",     "loadavg",         "uptime",
                                 "pressure/cpu", "pressure/io", "pressure/memory", "sys/kernel/hostname"};

/// Removed when the target ends.
class Tree {
 public:
  Tree() {
    must(::mkdtemp(path_) != nullptr);
    for (const char* folder : {"/proc", "/proc/pressure", "/proc/sys", "/proc/sys/kernel"})
      must(::mkdir((std::string(path_) + folder).c_str(), 0700) == 0);
  }
  ~Tree() {
    for (const char* file : files) ::unlink((std::string(path_) + "/proc/" + file).c_str());
    for (const char* folder : {"/proc/sys/kernel", "/proc/sys", "/proc/pressure", "/proc", ""})
      ::rmdir((std::string(path_) + folder).c_str());
  }
  Tree(const Tree&) = delete;
  Tree& operator=(const Tree&) = delete;

  void fill(std::string_view text) const {
    for (const char* file : files) {
      const vigie::Fd fd(::open((std::string(path_) + "/proc/" + file).c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600));
      must(vigie::write_all(fd.get(), text) == 0);
    }
  }
  [[nodiscard]] std::string path() const { return path_; }

 private:
  char path_[32] = "/dev/shm/vigie-fuzz-XXXXXX";
};

}  // namespace

FUZZ(text) {
  static const Tree tree;
  static const vigie::Result<vigie::Root> root = vigie::Root::open(tree.path());
  tree.fill(text);
  vigie::HostSample host;
  static_cast<void>(vigie::sys::sample_host(*root, host));
  must(vigie::sys::instant_of(*root).boot_ns >= 0);
}
