// What the driver of a GPU says of a run: a fake one (tests/fake_nvml), which plays what a test writes.
#include <dlfcn.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <string>

#include "act/gpu_leftovers.hpp"
#include "act/gpu_want.hpp"
#include "act/host_for_tests.hpp"

namespace vigie::act {
namespace {

class BesideADriver : public testing::Test {
 protected:
  BesideADriver() {
    // Under the name that vigie asks for: the dynamic linker knows it from here on.
    EXPECT_NE(::dlopen(VIGIE_FAKE_NVML "/fake_nvml/libnvidia-ml.so.1", RTLD_NOW | RTLD_LOCAL), nullptr) << ::dlerror();
    ::setenv("VIGIE_FAKE_NVML_TRACE", directory_.path("trace").c_str(), 1);
    play({});
  }
  ~BesideADriver() override { ::unsetenv("VIGIE_FAKE_NVML_TRACE"); }

  /// From `second` on its only card counts these PIDs, with 1 KiB each.
  void play(const std::vector<pid_t>& pids, int second = 0) {
    std::string clients;
    for (const pid_t pid : pids) clients += (clients.empty() ? "" : ", ") + client(pid);
    lines_ += R"({"time": )" + std::to_string(second) + R"(, "device": 0, "uuid": "GPU-a", "processes": [)" + clients +
              "]}\n";
    std::ofstream(directory_.path("trace")) << R"({"trace": "nvml", "version": 1, "driver": "550.1"})" << "\n"
                                            << lines_;
  }
  /// What is left of a run that was promised a GPU and had the process `first`.
  static std::vector<GpuHold> left(const std::set<pid_t>& alive) {
    const GpuMemoryLeft memory = GpuLeftovers(fail("not read"), {{first, 1000}}, true).now(alive);
    EXPECT_EQ(memory.unknown, "");
    return memory.holds;
  }

 private:
  static std::string client(pid_t pid) {
    return R"({"pid": )" + std::to_string(pid) + R"(, "memory": 1024, "sm": 1, "mem": 1})";
  }

  const TestDirectory directory_;
  std::string lines_;
};

TEST_F(BesideADriver, MemoryOfASurvivorIsItsAndNotThatOfOthers) {
  play({first, first + 1});
  const std::vector<GpuHold> holds = left({first});
  ASSERT_EQ(holds.size(), 1U);
  EXPECT_EQ(holds[0].gpu, "0");
  EXPECT_EQ(holds[0].uuid, "GPU-a");
  EXPECT_EQ(holds[0].pid, first);
  EXPECT_FALSE(holds[0].gone);
  EXPECT_EQ(*holds[0].memory_bytes, 1024U);
}

TEST_F(BesideADriver, MemoryThatIsGivenBackInAMomentIsNotLeft) {
  play({first});
  play({}, 1);
  EXPECT_TRUE(left({}).empty());
}

TEST_F(BesideADriver, MemoryThatIsNotGivenBackIsThatOfAProcessThatIsGone) {
  play({first});
  const std::vector<GpuHold> holds = left({});
  ASSERT_EQ(holds.size(), 1U);
  EXPECT_TRUE(holds[0].gone);
}

TEST_F(BesideADriver, AProcessThatGotThePidOfOneThatEndedIsNotTakenForIt) {
  play({::getpid()});
  GpuLeftovers gpu(fail("not read"), {}, true);
  gpu.add(::getpid());
  EXPECT_TRUE(gpu.now({}).holds.empty());
}

TEST_F(BesideADriver, TheDriverIsAskedForAProcessThatHasACardOpen) {
  play({first});
  for (const char* path : {"/dev/nvidia0", "/dev/dri/renderD128", "/dev/kfd"}) {
    MadeHost depth;
    ProcessDetail detail;
    OpenFile file;
    file.path = path;
    detail.files = std::vector<OpenFile>{file};
    depth.snapshot().details.push_back(detail);
    EXPECT_EQ(GpuLeftovers(depth.frame(), {{first, 1000}}, false).now({first}).holds.size(), 1U) << path;
  }
}

TEST_F(BesideADriver, ARunIsPromisedNoMoreCardsThanThereAre) {
  const Result<GpuWant> one = want_gpus("1");
  ASSERT_TRUE(one) << message(one);
  EXPECT_EQ(one->count, 1U);
  EXPECT_EQ(want_gpus("GPU-a")->uuids, std::vector<std::string>{"GPU-a"});
  EXPECT_EQ(message(want_gpus("2")), "cannot give it 2 GPUs: this host has 1");
}

}  // namespace
}  // namespace vigie::act
