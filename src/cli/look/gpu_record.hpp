// vigie gpu --record: what NVIDIA's driver said, as a trace that tests/fake_nvml plays.
#pragma once

#include <cstdint>
#include <map>
#include <set>
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
  /// What the last line of a GPU said.
  struct Told {
    std::set<std::string> keys;
    std::vector<unsigned> xids;
  };
  std::string next_line(const GpuSample& gpu, double seconds);

  std::string path_;
  Fd file_;
  std::int64_t begin_ns_ = 0;  ///< boot clock of the first frame; 0: nothing is written yet
  std::map<unsigned, Told> told_;
};

}  // namespace vigie::cli
