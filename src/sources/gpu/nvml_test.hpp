// Sessions on the fake driver, for tests.
#pragma once

#include <dlfcn.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <algorithm>
#include <fstream>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/test_directory.hpp"
#include "sources/gpu/nvml_session.hpp"

namespace vigie::gpu::nvml {

/// Sessions on the fake driver, which plays a trace up to the second that the test says.
class Nvml : public testing::Test {
 protected:
  void SetUp() override {
    // Under the name that vigie asks for: the dynamic linker knows it from here on.
    ASSERT_NE(::dlopen(VIGIE_FAKE_NVML "/fake_nvml/libnvidia-ml.so.1", RTLD_NOW | RTLD_LOCAL), nullptr) << ::dlerror();
    ::setenv("VIGIE_FAKE_NVML_CLOCK", (directory_ + "/clock").c_str(), 1);
    set_clock(0);
  }
  void set_clock(double seconds) const { std::ofstream(directory_ + "/clock") << seconds; }

  static void play(const std::string& trace) {
    ::setenv("VIGIE_FAKE_NVML_TRACE", (VIGIE_FIXTURES "/../fake_nvml/traces/" + trace + ".jsonl").c_str(), 1);
  }

  /// Plays these lines of devices, each without its braces.
  void play_lines(const std::vector<std::string>& lines, const std::string& faults = "{}") const {
    std::ofstream file(directory_ + "/trace");
    file << R"({"trace": "nvml", "version": 1, "driver": "580.65.06", "faults": )" << faults << "}\n";
    for (const std::string& line : lines) file << "{" << line << "}\n";
    ::setenv("VIGIE_FAKE_NVML_TRACE", (directory_ + "/trace").c_str(), 1);
  }

  /// A moment, so many seconds after the first; of the wall clock, which the driver's samples are compared with, now.
  static Instant at(double seconds) {
    Instant moment = now();
    moment.boot_ns = 1'000'000'000'000 + static_cast<std::int64_t>(seconds * nanoseconds_per_second);
    return moment;
  }

  /// What a second of the trace gives at that moment; device 0.
  GpuSample look(Session& session, double seconds) const {
    set_clock(seconds);
    Result<std::vector<GpuSample>> gpus = session.pass(at(seconds));
    if (!gpus || gpus->empty()) {
      ADD_FAILURE() << (gpus ? "no GPU" : gpus.error().message);
      return {};
    }
    return gpus->front();
  }

  static Root root() { return *Root::open(VIGIE_FIXTURES "/proc_basic"); }

  TestDirectory temporary_;
  const std::string& directory_ = temporary_.path();
};

/// Most of what a card tells, as members of a line.
inline constexpr const char* working =
    R"("name": "NVIDIA H100", "uuid": "GPU-0", "pci": "0000:18:00.0", "memory": [80, 0, 30],
  "utilization": [90, 40], "power_mw": 500000, "power_limit_mw": 700000, "clocks": [1755, 2619], "ecc": [0, 0])";

/// A line of a trace, without its braces.
inline std::string line(double time, unsigned device, const std::string& more) {
  std::string text = fmt::format(R"("time": {}, "device": {}, {})", time, device, more);
  std::ranges::replace(text, '\n', ' ');
  return text;
}

}  // namespace vigie::gpu::nvml
