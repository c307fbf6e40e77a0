// What single processes are, by their program, arguments, libraries and environment.
#pragma once

#include <string>
#include <string_view>

#include "model/snapshot.hpp"

namespace vigie {

/// torchrun, python -m torch.distributed.run, accelerate launch, deepspeed; comm pt_elastic.
[[nodiscard]] bool is_launcher(const ProcessSample& process);

/// multiprocessing's resource tracker and fork server.
[[nodiscard]] bool is_helper(const ProcessSample& process);

/// multiprocessing's fork server and its children: they do not exec, so all have its command line.
[[nodiscard]] bool is_of_fork_server(const ProcessSample& process);

/// Names that PyTorch >= 2.5 gives its workers, and multiprocessing's spawned children.
[[nodiscard]] bool is_loader_worker_by_name(const ProcessSample& process);

/// The rank that a process was given in its environment; empty when it was given none.
[[nodiscard]] std::string_view rank_of(const ProcessSample& process);

/// A program that a person or a batch system works in, and that starts many unrelated things: an interactive shell, a
/// terminal multiplexer, a server of logins or of notebooks, slurmstepd, the init of a container.
[[nodiscard]] bool is_session(const ProcessSample& process);

/// Framework libraries mapped, a rank in the environment, or a launcher.
[[nodiscard]] bool belongs_to_training(const ProcessSample& process);

/// A Python program that looks like a training, by its name or by its address space and number of threads. Its
/// libraries may not be seen, because it is another user's.
[[nodiscard]] bool looks_like_training(const ProcessSample& process);

/// "train" for python3 -u examples/train.py --epochs 3 and for python3 -m project.train, "notebook" for a kernel of
/// Jupyter; the program's name when there is neither.
[[nodiscard]] std::string script_name(const ProcessSample& process);

}  // namespace vigie
