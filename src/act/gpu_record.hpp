// vigie gpu --record: a file that what NVIDIA's driver says is written to.
#pragma once

#include <string>

#include "base/fd.hpp"
#include "base/result.hpp"
#include "model/frame.hpp"
#include "views/gpu_trace.hpp"

namespace vigie::act {

class GpuRecorder {
 public:
  /// Creates the file; one that exists is refused.
  static Result<GpuRecorder> open(const std::string& path);

  /// Appends what the frame, which has GPUs, says.
  Result<void> append(const Frame& frame);

 private:
  std::string path_;
  Fd file_;
  views::GpuTrace trace_;
};

}  // namespace vigie::act
