#include <sys/ioctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string>

#include <fmt/format.h>

#include "base/text.hpp"
#include "sources/capability/probes.hpp"

namespace vigie::capability {
namespace {

std::string_view variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string_view() : std::string_view(value);
}

/// The first directory of a list separated by colons that holds an executable or readable `name`; empty if none does.
std::string find_in(std::string_view list, std::string_view name, int mode) {
  while (!list.empty()) {
    const std::string_view directory = list.substr(0, list.find(':'));
    list.remove_prefix(std::min(directory.size() + 1, list.size()));
    std::string path = fmt::format("{}/{}", directory, name);
    if (!directory.empty() && ::access(path.c_str(), mode) == 0) return path;
  }
  return {};
}

/// Where the dynamic loader looks for libraries on the common distributions, containers and WSL.
constexpr std::string_view library_directories =
    "/usr/lib/x86_64-linux-gnu:/usr/lib/aarch64-linux-gnu:/usr/lib64:/usr/lib:/lib64:/lib:/usr/local/nvidia/lib64:"
    "/run/opengl-driver/lib:/usr/lib/wsl/lib";

}  // namespace

Capability descriptors(std::size_t processes) {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  const auto most = static_cast<double>(limit.rlim_max);
  Capability result{.id = "descriptors", .value = most, .unit = "files"};
  if (most >= static_cast<double>(processes) + 256) {
    result.reason = fmt::format("vigie may hold {} files open, one for each of {} processes and more", most, processes);
    return result;
  }
  result.status = Ability::limited;
  result.reason = fmt::format("vigie may hold {} files open, fewer than {} processes need: repeated looks cost more",
                              most, processes);
  result.advice = "raise the hard limit: ulimit -Hn, nofile in /etc/security/limits.conf";
  return result;
}

Capability terminal() {
  Capability result{.id = "terminal"};
  if (::isatty(STDOUT_FILENO) != 1) {
    result.status = Ability::missing;
    result.reason = "standard output is no terminal: no colours, nothing cut off, no redrawing in place";
    return result;
  }
  winsize size{};
  ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size);
  result.value = static_cast<double>(size.ws_col);
  result.unit = "columns";
  const std::string_view term = variable("TERM"), color = variable("COLORTERM");
  if (term.empty() || term == "dumb") {
    result.status = Ability::limited;
    result.reason = "the terminal's type is not known: no redrawing in place";
    result.advice = "set TERM, for example: export TERM=xterm-256color";
    return result;
  }
  const bool all = color == "truecolor" || color == "24bit";
  const std::string_view colors = all                                               ? "16 million colours"
                                  : term.find("256color") != std::string_view::npos ? "256 colours"
                                                                                    : "8 colours or so";
  result.reason = fmt::format("{}, {} x {}, {}", safe_text(term), size.ws_col, size.ws_row, colors);
  return result;
}

Capability tmux() {
  Capability result{.id = "tmux"};
  const std::string path = find_in(variable("PATH"), "tmux", X_OK);
  if (!path.empty()) {
    result.reason = fmt::format("{} keeps terminals for you", safe_text(path));
    return result;
  }
  result.status = Ability::missing;
  result.reason = "there is no tmux in PATH; runs of vigie survive without it";
  result.advice = "install the package tmux";
  return result;
}

Capability nvidia_driver() {
  Capability result{.id = "gpu-nvidia"};
  const bool device = ::access("/dev/nvidiactl", F_OK) == 0;
  std::string library = find_in(variable("LD_LIBRARY_PATH"), "libnvidia-ml.so.1", R_OK);
  if (library.empty()) library = find_in(library_directories, "libnvidia-ml.so.1", R_OK);
  if (!device && library.empty()) {
    result.status = Ability::missing;
    result.reason = "no driver of NVIDIA: neither /dev/nvidiactl nor libnvidia-ml.so.1 is there";
    return result;
  }
  if (device && !library.empty()) {
    const bool mine = ::access("/dev/nvidiactl", R_OK | W_OK) == 0;
    result.status = mine ? Ability::works : Ability::denied;
    result.reason = mine ? fmt::format("/dev/nvidiactl and {} are there", safe_text(library))
                         : fmt::format("/dev/nvidiactl may not be opened: {}", ::strerror(errno));
    if (!mine) result.advice = "join the group that owns it: ls -l /dev/nvidiactl";
    return result;
  }
  result.status = Ability::limited;
  result.reason = device
                      ? "/dev/nvidiactl is there, but libnvidia-ml.so.1 is not"
                      : fmt::format("{} is there, but no /dev/nvidiactl: the driver is not loaded", safe_text(library));
  result.advice = device ? "install the driver's library of the same version (package libnvidia-ml1)"
                         : "modprobe nvidia; in a container: start it with its GPUs";
  return result;
}

Capability amd_driver() {
  Capability result{.id = "gpu-amd"};
  if (::access("/dev/kfd", F_OK) != 0) {
    result.status = Ability::missing;
    result.reason = "no compute driver of AMD: /dev/kfd is not there";
    return result;
  }
  if (::access("/dev/kfd", R_OK | W_OK) != 0) {
    result.status = Ability::denied;
    result.reason = fmt::format("/dev/kfd may not be opened: {}", ::strerror(errno));
    result.advice = "join the group that owns it: ls -l /dev/kfd";
    return result;
  }
  result.reason = "/dev/kfd is there";
  return result;
}

}  // namespace vigie::capability
