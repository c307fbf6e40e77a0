#include "model/process.hpp"

#include <algorithm>

namespace vigie {

std::vector<std::string_view> arguments(std::string_view cmdline) {
  std::vector<std::string_view> result;
  while (!cmdline.empty()) {
    const std::size_t end = cmdline.find('\0');
    result.push_back(cmdline.substr(0, end));
    // A process that overwrote its title may leave the last argument without its NUL.
    if (end == std::string_view::npos) break;
    cmdline.remove_prefix(end + 1);
  }
  return result;
}

std::string command_text(const ProcessSample& process) {
  if (process.cmdline.has_value()) {
    std::string_view raw = *process.cmdline;
    // setproctitle(3) pads the old arguments with NULs.
    while (!raw.empty() && raw.back() == '\0') raw.remove_suffix(1);
    if (!raw.empty()) {
      std::string text(raw);
      std::ranges::replace(text, '\0', ' ');
      return text;
    }
  }
  return "[" + process.comm + "]";
}

}  // namespace vigie
