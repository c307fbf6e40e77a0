// GPUs of AMD and Intel, from sysfs, fdinfo and kfd: no library, no privilege for one's own processes.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "base/root.hpp"
#include "model/gpu.hpp"

namespace vigie::gpu {

class DrmSource {
 public:
  explicit DrmSource(const Root& root) : root_(root) {}

  /// Appends the cards of AMD and Intel with their clients, and returns the seconds that it took. A host without
  /// such cards costs one look into a directory.
  double sample(std::vector<GpuSample>& gpus);

 private:
  using Engine = std::tuple<std::string, std::uint64_t, std::string>;  ///< PCI address, client, name

  void add_clients(std::vector<GpuSample>& gpus, std::size_t first);
  std::uint64_t steady(const std::string& pci, std::uint64_t client, const EngineUse& use,
                       std::map<Engine, std::uint64_t>& now) const;

  Root root_;
  std::map<Engine, std::uint64_t> most_;  ///< engine counters may step back: the largest so far counts
};

}  // namespace vigie::gpu
