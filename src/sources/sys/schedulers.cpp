#include "sources/sys/schedulers.hpp"

#include <dirent.h>
#include <fcntl.h>

#include <algorithm>
#include <memory>

#include "base/file.hpp"

namespace vigie::sys {

std::string_view chosen_scheduler(std::string_view text) {
  const std::size_t begin = text.find('[');
  const std::size_t end = text.find(']', std::min(begin, text.size()));
  if (end == std::string_view::npos) return {};
  return text.substr(begin + 1, end - begin - 1);
}

std::vector<DiskScheduler> disk_schedulers(const Root& root) {
  std::vector<DiskScheduler> disks;
  Fd block(::openat(root.sys(), "block", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!block) return disks;
  const std::unique_ptr<DIR, int (*)(DIR*)> dir(::fdopendir(block.get()), ::closedir);
  if (dir == nullptr) return disks;
  const int at = block.release();
  std::string text;
  while (const dirent* entry = ::readdir(dir.get())) {
    const std::string name = entry->d_name;
    if (name.starts_with('.') || name.starts_with("loop") || name.starts_with("ram") || name.starts_with("zram"))
      continue;
    if (read_file(at, (name + "/queue/scheduler").c_str(), text) != 0) continue;
    if (const std::string_view scheduler = chosen_scheduler(text); !scheduler.empty())
      disks.push_back({name, std::string(scheduler)});
  }
  std::ranges::sort(disks, {}, &DiskScheduler::disk);
  return disks;
}

}  // namespace vigie::sys
