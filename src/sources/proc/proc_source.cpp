#include "sources/proc/proc_source.hpp"

#include <algorithm>
#include <string_view>

namespace vigie::proc {

Fields fields_for_runs() {
  return Field::cmdline | Field::exe | Field::variables | Field::frameworks | Field::cwd;
}

bool may_be_training(const ProcessSample& process) {
  // The smallest libtorch_cpu.so in use, Debian's 1.13, maps 114 MiB; those of TensorFlow and JAX are larger.
  constexpr std::uint64_t least_virtual_bytes = 100U << 20U;
  // Launchers import the framework, too; the helpers of multiprocessing are small, but called Python.
  constexpr std::string_view names[] = {"python", "pt_", "torchrun", "deepspeed", "accelerate"};
  if (process.kernel_thread) return false;
  return process.virtual_bytes >= least_virtual_bytes ||
         std::ranges::any_of(names, [&](std::string_view name) { return process.comm.starts_with(name); });
}

Fields static_fields() {
  return Field::cmdline | Field::exe | Field::variables | Field::frameworks | Field::cwd | Field::cgroup;
}

}  // namespace vigie::proc
