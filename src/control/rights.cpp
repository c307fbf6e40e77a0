#include "control/rights.hpp"

#include <elf.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <optional>

#include <fmt/format.h>

#include "base/file.hpp"
#include "base/text.hpp"
#include "base/users.hpp"
#include "control/process.hpp"

namespace vigie::control {
namespace {

bool same_namespace(pid_t pid, const char* kind) {
  struct stat theirs{};
  struct stat ours{};
  return ::stat(fmt::format("/proc/{}/ns/{}", pid, kind).c_str(), &theirs) == 0 &&
         ::stat(fmt::format("/proc/self/ns/{}", kind).c_str(), &ours) == 0 && theirs.st_dev == ours.st_dev &&
         theirs.st_ino == ours.st_ino;
}

/// Nothing when it cannot be read.
std::optional<bool> gained_rights(pid_t pid) {
  std::string auxv;
  if (read_file(-1, fmt::format("/proc/{}/auxv", pid).c_str(), auxv) != 0) return std::nullopt;
  unsigned long entry[2];
  for (std::size_t at = 0; at + sizeof entry <= auxv.size(); at += sizeof entry) {
    std::memcpy(entry, auxv.data() + at, sizeof entry);
    if (entry[0] == AT_SECURE) return entry[1] != 0;
  }
  return std::nullopt;
}

}  // namespace

std::string why_not_ours(ProcessId id) {
  const Result<Fd> held = open_process(id);  // as long as it is, the number below /proc is its
  const std::optional<Users> users = held ? users_of(id.pid) : std::nullopt;
  if (!users) return "whose process it was is not known";
  const uid_t self = ::geteuid();
  for (const uid_t user : {users->real, users->effective, users->saved, users->filesystem}) {
    if (user != self) {
      return fmt::format("it was a process of {} (uid {}), whose command and environment are not to be executed as {}",
                         safe_text(user_name(user)), user, safe_text(user_name(self)));
    }
  }
  if (gained_rights(id.pid).value_or(true))
    return "its process had more rights than the user who chose its command and environment, as setuid programs have";
  if (!same_namespace(id.pid, "user") || !same_namespace(id.pid, "mnt"))
    return "its process was in a container or another namespace: here its command would be another one, with other "
           "rights";
  return {};
}

}  // namespace vigie::control
