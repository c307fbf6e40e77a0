#include "model/mount.hpp"

namespace vigie {

const MountSample* mount_of(const std::vector<MountSample>& mounts, std::string_view path) {
  const MountSample* best = nullptr;
  for (const MountSample& mount : mounts) {
    const std::string_view top = mount.path;
    const bool inside = top == "/" || (path.starts_with(top) && (path.size() == top.size() || path[top.size()] == '/'));
    if (inside && (best == nullptr || top.size() >= best->path.size())) best = &mount;
  }
  return best;
}

}  // namespace vigie
