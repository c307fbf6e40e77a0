#include "base/boot.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.hpp"

namespace vigie {
namespace {

std::string word_in(const char* path) {
  std::string word;
  (void)read_file(AT_FDCWD, path, word);
  while (!word.empty() && word.back() == '\n') word.pop_back();
  return word;
}

std::uint64_t inode_of(const char* path) {
  struct stat there{};
  return ::stat(path, &there) == 0 ? there.st_ino : 0;
}

std::string host_name() {
  char name[256] = {};
  return ::gethostname(name, sizeof name - 1) == 0 ? name : "";
}

}  // namespace

std::string boot_id() {
  return word_in("/proc/sys/kernel/random/boot_id");
}

ProcessSpace this_process_space() {
  return {.host = host_name(),
          .machine_id = word_in("/etc/machine-id"),
          .boot_id = boot_id(),
          .pid_namespace = inode_of("/proc/self/ns/pid"),
          .time_namespace = inode_of("/proc/self/ns/time")};
}

bool same_boot(const ProcessSpace& one, const ProcessSpace& other) {
  return one.boot_id == other.boot_id;
}

bool same_machine(const ProcessSpace& one, const ProcessSpace& other) {
  if (same_boot(one, other)) return true;
  // Written by a vigie that did not note where: it was this machine, as far as it knew.
  if (one.host.empty() || other.host.empty()) return true;
  return one.host == other.host && one.machine_id == other.machine_id;
}

bool same_numbers(const ProcessSpace& one, const ProcessSpace& other) {
  const auto agree = [](std::uint64_t a, std::uint64_t b) { return a == 0 || b == 0 || a == b; };
  return same_boot(one, other) && agree(one.pid_namespace, other.pid_namespace) &&
         agree(one.time_namespace, other.time_namespace);
}

}  // namespace vigie
