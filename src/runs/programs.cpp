#include "runs/programs.hpp"

#include <algorithm>

namespace vigie {
namespace {

bool mentions(const ProcessSample& process, std::string_view part) {
  return process.cmdline && process.cmdline->find(part) != std::string::npos;
}

std::string_view base_name(std::string_view path) {
  return path.substr(path.rfind('/') + 1);
}

bool is_shell(const ProcessSample& process) {
  constexpr std::string_view shells[] = {"sh", "bash", "zsh", "fish", "dash", "ksh", "tmux: server", "screen"};
  return std::ranges::find(shells, process.comm) != std::end(shells);
}

/// A launcher's program or module.
bool is_launching(std::string_view argument) {
  constexpr std::string_view programs[] = {"torchrun", "deepspeed", "accelerate"};
  constexpr std::string_view modules[] = {"torch.distributed.run", "torch.distributed.launch",
                                          "accelerate.commands.launch", "deepspeed.launcher.launch",
                                          "deepspeed.launcher.runner"};
  return std::ranges::find(programs, base_name(argument)) != std::end(programs) ||
         std::ranges::find(modules, argument) != std::end(modules);
}

/// What `python -m MODULE` is called: its last part. Jupyter and editors start a notebook's kernel as
/// ipykernel_launcher.
std::string_view module_name(std::string_view module) {
  const std::string_view last = module.substr(module.rfind('.') + 1);
  return last == "ipykernel_launcher" ? "notebook" : last;
}

}  // namespace

bool is_launcher(const ProcessSample& process) {
  if (process.comm == "pt_elastic") return true;
  if (!process.cmdline) return false;
  for (const std::string_view argument : arguments(*process.cmdline)) {
    if (is_launching(argument)) return !is_shell(process);
    if (argument.ends_with(".py")) return false;  // the rest are the script's own arguments
  }
  return false;
}

bool is_helper(const ProcessSample& process) {
  return mentions(process, "multiprocessing.resource_tracker") ||
         mentions(process, "multiprocessing.semaphore_tracker") || mentions(process, "multiprocessing.forkserver");
}

bool is_of_fork_server(const ProcessSample& process) {
  return mentions(process, "multiprocessing.forkserver");
}

bool is_loader_worker_by_name(const ProcessSample& process) {
  return process.comm == "pt_data_worker" || mentions(process, "--multiprocessing-fork");
}

std::string_view rank_of(const ProcessSample& process) {
  if (!process.variables || process.variables->world_size.empty()) return {};
  return process.variables->rank;
}

bool is_session(const ProcessSample& process) {
  constexpr std::string_view servers[] = {
      "init", "systemd", "tmux: server", "screen",      "SCREEN",          "sshd",        "sshd-session",   "login",
      "su",   "sudo",    "slurmstepd",   "jupyter-lab", "jupyter-noteboo", "code-server", "containerd-shim"};
  if (process.id.pid <= 1 || process.kernel_thread || std::ranges::find(servers, process.comm) != std::end(servers))
    return true;
  if (!is_shell(process) || !process.cmdline) return false;
  // With a script or -c it runs that and nothing else.
  const std::vector<std::string_view> all = arguments(*process.cmdline);
  return std::ranges::all_of(all.begin() + (all.empty() ? 0 : 1), all.end(), [](std::string_view argument) {
    return argument.starts_with('-') && (argument.starts_with("--") || !argument.contains('c'));
  });
}

bool belongs_to_training(const ProcessSample& process) {
  if (process.state == 'Z' || process.kernel_thread || is_shell(process)) return false;
  if (process.frameworks && is_training(*process.frameworks)) return true;
  if (!rank_of(process).empty()) return true;
  return is_launcher(process);
}

bool looks_like_training(const ProcessSample& process) {
  // Frameworks map more than this, and make a thread for each CPU.
  constexpr std::uint64_t least_virtual_bytes = std::uint64_t{1} << 30;
  constexpr unsigned least_threads = 3;
  if (process.state == 'Z' || process.kernel_thread || process.frameworks.presence() != Presence::denied) return false;
  if (!process.comm.starts_with("python") && !process.comm.starts_with("pt_")) return false;
  const bool large = process.virtual_bytes >= least_virtual_bytes && process.threads >= least_threads;
  return large || mentions(process, "train") || mentions(process, "finetune");
}

std::string script_name(const ProcessSample& process) {
  if (!process.cmdline) return process.comm;
  bool module_next = false;
  for (const std::string_view argument : arguments(*process.cmdline)) {
    if (module_next && !is_launching(argument)) return std::string(module_name(argument));
    module_next = argument == "-m";
    if (!argument.ends_with(".py")) continue;
    std::string_view name = base_name(argument);
    name.remove_suffix(3);
    return std::string(name);
  }
  return process.comm;
}

}  // namespace vigie
