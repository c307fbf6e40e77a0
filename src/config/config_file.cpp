// The file of the configuration: where it is, and whether it may be believed.
#include <fcntl.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>

#include "base/fd.hpp"
#include "base/file.hpp"
#include "config/config.hpp"

namespace vigie::config {
namespace {

constexpr std::size_t largest_config = std::size_t{1} << 20;

/// A link is followed: people keep such files elsewhere and link to them. What it leads to is judged.
std::string objection(const struct stat& file) {
  constexpr mode_t by_others = S_IWGRP | S_IWOTH;
  if (!S_ISREG(file.st_mode)) return "it is no regular file";
  if (file.st_uid != ::geteuid() && file.st_uid != 0) return "it belongs to another user";
  if ((file.st_mode & by_others) != 0) return "others may write it; chmod go-w mends that";
  return {};
}

}  // namespace

Result<std::string> config_path() {
  constexpr const char* name = "/vigie/config.toml";
  if (const char* dir = std::getenv("XDG_CONFIG_HOME"); dir != nullptr && dir[0] == '/') return std::string(dir) + name;
  const char* home = std::getenv("HOME");
  if (home == nullptr || home[0] != '/') {
    const passwd* const user = ::getpwuid(::geteuid());
    if (user == nullptr) return fail("cannot tell your home directory: set HOME or XDG_CONFIG_HOME");
    home = user->pw_dir;
  }
  return std::string(home) + "/.config" + name;
}

Result<std::string> read_config_text(const std::string& path) {
  const Fd file(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY));
  if (!file && (errno == ENOENT || errno == ENOTDIR)) return std::string();
  struct stat there{};
  if (!file || ::fstat(file.get(), &there) != 0) return fail_errno("cannot read " + path, errno);
  if (const std::string why = objection(there); !why.empty())
    return fail("refusing " + path + ": " + why, ErrorKind::denied);
  std::string text;
  if (const int error = read_open_file(file.get(), text, largest_config))
    return fail_errno("cannot read " + path, error);
  return text;
}

}  // namespace vigie::config
