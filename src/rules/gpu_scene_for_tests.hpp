// A run on a GPU, made by hand, for the tests of the rules about GPUs.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "rules/scene_for_tests.hpp"

namespace vigie::rules {

/// A training that uses its GPU well.
struct OnGpu : Scene {
  OnGpu() : Scene({Role::trainer, Role::loader_worker}) {
    GpuSample gpu;
    gpu.name = "NVIDIA H200";
    gpu.uuid = "GPU-0";
    gpu.memory_total_bytes = 141 * gib;
    gpu.memory_used_bytes = 41 * gib;
    gpu.busy_percent = 98.0;
    gpu.sm_active_percent = 71.0;
    gpu.power_watts = 520.0;
    gpu.power_limit_watts = 700.0;
    gpu.sm_clock_hertz = 1755e6;
    gpu.sm_clock_max_hertz = 1980e6;
    gpu.throttle = static_cast<std::uint8_t>(Throttle::power_cap);
    gpu.temperature_celsius = 61.0;
    gpu.slowdown_celsius = 90.0;
    gpu.pcie_generation = gpu.pcie_generation_max = 5U;
    gpu.pcie_width = gpu.pcie_width_max = 16U;
    gpu.ecc_uncorrected = 0;
    gpu.clients = std::vector{GpuClient{.pid = 10, .memory_bytes = 40 * gib}};
    now.gpus = std::vector{gpu};
    frame.delta.gpu.gpus.emplace_back();
    link().pcie_received_bytes_per_second = 80e6;
    link().pcie_sent_bytes_per_second = 4e6;
    // CUDA waits for the device in a loop: a busy thread proves nothing.
    rates(0).cpu_percent = 100;
    rates(0).states = shares(1, 0, 1);
    rates(1).states = shares(0.1, 0.9, 0);
  }

  GpuSample& gpu() { return (*now.gpus)[0]; }
  GpuRates& link() { return frame.delta.gpu.gpus[0]; }
  Finding first(std::string_view subject = "train") {
    for (Finding& finding : verdict()) {
      if (finding.subject == subject) return finding;
    }
    return {};
  }
};

/// Nothing going on, watched for 12 s.
struct Idle : OnGpu {
  Idle() {
    gpu().busy_percent = 0.0;
    gpu().sm_active_percent = 0.0;
    gpu().throttle = std::uint8_t{0};
    rates(0).cpu_percent = 1;
    rates(0).states = shares(0, 1, 0);
    rates(1).states = shares(0, 1, 0);
    run().members.pop_back();
    link() = {};
    frame.delta.elapsed_seconds = 12;
  }
};

/// Kernel threads are seen in the initial PID namespace alone.
inline void see_everybody(Scene& scene) {
  const std::size_t kthreadd = scene.add_other("kthreadd", 0);
  scene.process(kthreadd).id = {2, 0};
  scene.process(kthreadd).kernel_thread = true;
  std::rotate(scene.now.processes.begin(), scene.now.processes.end() - 1, scene.now.processes.end());
  for (Member& member : scene.run().members) ++member.process;
  std::rotate(scene.frame.delta.processes.begin(), scene.frame.delta.processes.end() - 1,
              scene.frame.delta.processes.end());
  std::rotate(scene.frame.view.run_of.begin(), scene.frame.view.run_of.end() - 1, scene.frame.view.run_of.end());
}

}  // namespace vigie::rules
