#include "model/process_event.hpp"

#include <fmt/format.h>
#include <string.h>
#include <sys/wait.h>

#include "model/process.hpp"

namespace vigie {

Reading<std::string> command_text(const EndedProcess& process) {
  const bool has_arguments = process.cmdline && (*process.cmdline)->find_first_not_of('\0') != std::string::npos;
  if (!has_arguments && !process.comm) return process.comm.presence();
  ProcessSample named;
  if (process.comm) named.comm = *process.comm;
  if (has_arguments) named.cmdline = **process.cmdline;
  return command_text(named);
}

std::string describe_wait_status(int wait_status) {
  if (WIFEXITED(wait_status)) return fmt::format("exit {}", WEXITSTATUS(wait_status));
  const int signal = WTERMSIG(wait_status);
  const char* name = ::sigabbrev_np(signal);
  std::string text = name != nullptr ? fmt::format("signal {}", name) : fmt::format("signal {}", signal);
  if (WCOREDUMP(wait_status)) text += " (core)";
  return text;
}

}  // namespace vigie
