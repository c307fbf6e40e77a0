// The answers of NVIDIA's driver, as a trace that tests/fake_nvml plays. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "model/frame.hpp"

namespace vigie::views {

class GpuTrace {
 public:
  /// The lines of this frame, which has GPUs: one for each GPU of NVIDIA, after the head of the trace for the first
  /// frame. Old values of a driver that is late are left out.
  [[nodiscard]] std::string lines_of(const Frame& frame);

 private:
  /// The values in the last line of a GPU.
  struct Told {
    std::set<std::string> keys;
    std::vector<unsigned> xids;
  };
  [[nodiscard]] std::string next_line(const GpuSample& gpu, double seconds);

  std::int64_t begin_ns_ = 0;  ///< boot clock of the first frame; 0: nothing is written yet
  std::map<unsigned, Told> told_;
};

}  // namespace vigie::views
