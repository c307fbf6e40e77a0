// vigie gpu --record: what NVIDIA's driver said, as a trace that tests/fake_nvml plays.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/fd.hpp"
#include "base/result.hpp"
#include "model/frame.hpp"

namespace vigie::cli {

class GpuRecorder {
 public:
  /// Creates the file; one that exists is refused.
  static Result<GpuRecorder> open(const std::string& path);

  /// Appends a line for each GPU of NVIDIA. Old values of a driver that is late are left out.
  Result<void> append(const Frame& frame);

 private:
  std::string path_;
  Fd file_;
  std::int64_t begin_ns_ = 0;  ///< boot clock of the first frame; 0: nothing is written yet
};

/// One GPU as a line of a trace, in NVML's units; what it could not tell is left out. Without a newline.
[[nodiscard]] std::string trace_line(const GpuSample& gpu, double seconds);

}  // namespace vigie::cli
