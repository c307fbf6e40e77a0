#include "base/directory.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>

namespace vigie {

std::vector<std::string> names_in(int dir_fd, const std::string& path, std::string_view prefix) {
  std::vector<std::string> names;
  if (dir_fd < 0) return names;  // a saved host without that tree
  const int fd = ::openat(dir_fd, path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR* const directory = fd < 0 ? nullptr : ::fdopendir(fd);
  if (directory == nullptr) {
    if (fd >= 0) ::close(fd);
    return names;
  }
  while (const dirent* entry = ::readdir(directory)) {
    const std::string_view name = entry->d_name;
    if (name.starts_with(prefix) && !name.starts_with('.')) names.emplace_back(name);
  }
  ::closedir(directory);
  std::ranges::sort(names);
  return names;
}

}  // namespace vigie
