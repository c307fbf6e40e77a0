#include "sources/proc/waiting.hpp"

#include <linux/futex.h>

#include <algorithm>
#include <cerrno>
#include <optional>

#include "model/call.hpp"
#include "sources/proc/read_once.hpp"

namespace vigie::proc {

bool waits_for_its_own(const CallLine& call) {
  const std::string_view name = name_of_call(call.number);
  if (name == "wait4" || name == "waitid") return true;
  if (name != "futex") return false;
  const std::uint64_t operation = call.arguments[1] & static_cast<std::uint64_t>(FUTEX_CMD_MASK);
  const bool waits = operation == FUTEX_WAIT || operation == FUTEX_WAIT_BITSET || operation == FUTEX_LOCK_PI ||
                     operation == FUTEX_LOCK_PI2;
  return waits && call.arguments[3] == 0;  // no time limit
}

namespace {

bool sleeps_in_pipe(const std::string& function) {
  return function.find("pipe_") != std::string::npos;
}

OwnWait by_function(int tasks, const std::string& name, std::string& buffer) {
  if (read_once(tasks, (name + "/wchan").c_str(), buffer) != 0) return OwnWait::no;
  const WaitKind kind = wait_kind(buffer);
  const bool own = kind == WaitKind::lock || kind == WaitKind::child || sleeps_in_pipe(buffer);
  return own ? OwnWait::perhaps : OwnWait::no;
}

}  // namespace

OwnWait thread_waits_for_its_own(int tasks, const std::string& name, std::string& buffer) {
  const int error = read_once(tasks, (name + "/syscall").c_str(), buffer);
  if (error == EACCES || error == EPERM) return by_function(tasks, name, buffer);
  const std::optional<CallLine> call = error == 0 ? parse_call(buffer) : std::nullopt;
  if (!call || call->running) return OwnWait::no;
  if (waits_for_its_own(*call)) return OwnWait::yes;
  const std::string_view called = name_of_call(call->number);
  if (called != "read" && called != "write") return OwnWait::no;
  const bool pipe = read_once(tasks, (name + "/wchan").c_str(), buffer) == 0 && sleeps_in_pipe(buffer);
  return pipe ? OwnWait::yes : OwnWait::no;
}

bool is_of_network_file_system(std::string_view function) {
  constexpr std::string_view parts[] = {"rpc_", "nfs", "ceph", "cifs", "smb", "p9_", "v9fs", "netfs", "afs_", "lustre"};
  return std::ranges::any_of(parts, [&](std::string_view part) { return function.find(part) != std::string::npos; });
}

}  // namespace vigie::proc
