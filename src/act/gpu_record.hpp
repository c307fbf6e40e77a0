// vigie gpu --record: writes the answers of NVIDIA's driver to a file.
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

  /// Appends the values of the frame, which has GPUs.
  Result<void> append(const Frame& frame);

 private:
  std::string path_;
  Fd file_;
  views::GpuTrace trace_;
};

}  // namespace vigie::act
