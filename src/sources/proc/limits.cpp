#include "sources/proc/limits.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>

#include "sources/proc/digits.hpp"
#include "sources/proc/read_once.hpp"

namespace vigie::proc {
namespace {

constexpr std::size_t name_width = 25;  ///< of the name's column: "%-25s %-20s %-20s %-10s\n" in fs/proc/base.c

bool take_limit(std::string_view& line, std::optional<std::uint64_t>& limit) {
  skip_blanks(line);
  constexpr std::string_view unlimited = "unlimited";
  if (line.starts_with(unlimited)) {
    line.remove_prefix(unlimited.size());
    limit.reset();
    return true;
  }
  std::uint64_t value = 0;
  if (!take_number(line, 10, value)) return false;
  limit = value;
  return true;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

/// The text behind `key` at the beginning of a line; empty when there is no such line.
std::string_view line_after(std::string_view text, std::string_view key) {
  for (std::size_t at = text.find(key); at != std::string_view::npos; at = text.find(key, at + 1)) {
    if (at != 0 && text[at - 1] != '\n') continue;
    std::string_view rest = text.substr(at + key.size());
    rest = rest.substr(0, rest.find('\n'));
    skip_blanks(rest);
    return rest;
  }
  return {};
}

Reading<std::uint64_t> count_descriptors(int dir) {
  const int list = ::openat(dir, "fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const std::unique_ptr<DIR, int (*)(DIR*)> directory(list < 0 ? nullptr : ::fdopendir(list), ::closedir);
  if (directory == nullptr) return presence_of_errno(errno);
  std::uint64_t count = 0;
  while (const dirent* entry = ::readdir(directory.get())) count += entry->d_name[0] != '.';
  return count;
}

}  // namespace

std::vector<ResourceLimit> parse_limits(std::string_view text) {
  std::vector<ResourceLimit> limits;
  while (!text.empty()) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    if (line.size() <= name_width || !line.starts_with("Max ")) continue;
    ResourceLimit limit;
    limit.name = trimmed(line.substr(0, name_width));
    line.remove_prefix(name_width);
    if (!take_limit(line, limit.soft) || !take_limit(line, limit.hard)) continue;
    skip_blanks(line);
    limit.unit = trimmed(line);
    limit.used = Presence::unsupported;
    limits.push_back(std::move(limit));
  }
  return limits;
}

void add_use(std::string_view status, std::vector<ResourceLimit>& limits) {
  struct Source {
    std::string_view limit, key;
  };
  static constexpr Source in_kilobytes[] = {{"Max address space", "VmSize:"},
                                            {"Max data size", "VmData:"},
                                            {"Max stack size", "VmStk:"},
                                            {"Max locked memory", "VmLck:"},
                                            {"Max resident set", "VmRSS:"}};
  for (ResourceLimit& limit : limits) {
    std::uint64_t value = 0;
    for (const Source& source : in_kilobytes) {
      if (limit.name != source.limit) continue;
      std::string_view rest = line_after(status, source.key);
      limit.used = Presence::unknown;
      if (take_number(rest, 10, value)) limit.used = value << 10U;
    }
    // "SigQ: 2/47991" counts those of the user, as the limit does.
    std::string_view queued = line_after(status, "SigQ:");
    if (limit.name == "Max pending signals" && take_number(queued, 10, value)) limit.used = value;
  }
}

Reading<std::vector<ResourceLimit>> read_limits(int dir) {
  std::string buffer;
  const int error = read_once(dir, "limits", buffer);
  if (error != 0) return error == ESRCH ? Presence::unknown : presence_of_errno(error);
  std::vector<ResourceLimit> limits = parse_limits(buffer);
  if (read_once(dir, "status", buffer) == 0) add_use(buffer, limits);
  for (ResourceLimit& limit : limits) {
    if (limit.name == "Max open files") limit.used = count_descriptors(dir);
  }
  return limits;
}

}  // namespace vigie::proc
