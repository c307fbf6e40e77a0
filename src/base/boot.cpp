#include "base/boot.hpp"

#include "base/file.hpp"

namespace vigie {

std::string boot_id() {
  std::string id = read_whole_file("/proc/sys/kernel/random/boot_id").value_or("");
  while (!id.empty() && id.back() == '\n') id.pop_back();
  return id;
}

}  // namespace vigie
