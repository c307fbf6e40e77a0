#include "control/exit_status.hpp"

#include <poll.h>
#include <sys/ioctl.h>

#include <cstdint>

namespace vigie::control {
namespace {

/// struct pidfd_info of <linux/pidfd.h>, as of its first version: older headers do not have it.
struct PidfdInfo {
  std::uint64_t mask, cgroup_id;
  std::uint32_t pid, tgid, ppid, ids[8];
  std::int32_t exit_code;
};
static_assert(sizeof(PidfdInfo) == 64);

constexpr std::uint64_t with_exit = 1U << 3;  // PIDFD_INFO_EXIT
constexpr unsigned long get_info = _IOWR(0xFF, 11, PidfdInfo);

}  // namespace

std::optional<int> exit_status_of(const Fd& pidfd, double timeout_seconds) {
  // POLLHUP comes when the process is reaped; kernels that do not send it do not tell the status either.
  pollfd item{pidfd.get(), 0, 0};
  ::poll(&item, 1, static_cast<int>(timeout_seconds * 1000));
  PidfdInfo info{};
  info.mask = with_exit;
  if (::ioctl(pidfd.get(), get_info, &info) != 0 || (info.mask & with_exit) == 0) return std::nullopt;
  return info.exit_code;
}

}  // namespace vigie::control
