#include "base/process.hpp"

#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "base/file.hpp"

namespace vigie {

std::optional<ProcessStat> parse_process_stat(const std::string& line) {
  // comm may hold spaces and parentheses: "1 (a) b) S 2 …".
  const std::size_t begin = line.find('('), end = line.rfind(')');
  if (begin == std::string::npos || end == std::string::npos || end < begin || line.size() < end + 4)
    return std::nullopt;
  ProcessStat stat{.comm = line.substr(begin + 1, end - begin - 1), .state = line[end + 2]};
  std::size_t at = end + 2;
  for (int field = 3; field <= 22; ++field, at = line.find(' ', at) + 1) {
    if (at == 0) return std::nullopt;
    const auto read = [&](auto& into) {
      return std::from_chars(line.data() + at, line.data() + line.size(), into).ec == std::errc{};
    };
    const bool well = field == 4    ? read(stat.parent)
                      : field == 5  ? read(stat.group)
                      : field == 8  ? read(stat.foreground)
                      : field == 22 ? read(stat.start_ticks)
                                    : true;
    if (!well) return std::nullopt;
  }
  return stat;
}

bool proc_is_of_this_namespace() {
  char self[32] = {};
  const ssize_t length = ::readlink("/proc/self", self, sizeof self - 1);
  return length <= 0 || std::string_view(self) == std::to_string(::getpid());
}

int read_process_stat(pid_t pid, ProcessStat& stat) {
  if (pid <= 0) return ESRCH;
  std::string line;
  if (const int error = read_file(-1, fmt::format("/proc/{}/stat", pid).c_str(), line))
    return is_shortage(error) ? error : ESRCH;
  std::optional<ProcessStat> parsed = parse_process_stat(line);
  if (!parsed) return ESRCH;
  stat = std::move(*parsed);
  return 0;
}

std::optional<ProcessStat> stat_of_process(pid_t pid) {
  ProcessStat stat;
  return read_process_stat(pid, stat) == 0 ? std::optional(std::move(stat)) : std::nullopt;
}

}  // namespace vigie
