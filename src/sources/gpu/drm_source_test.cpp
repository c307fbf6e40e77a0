#include "sources/gpu/drm_source.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "base/test_directory.hpp"
#include "sources/gpu/fdinfo.hpp"
#include "sources/gpu/sysfs.hpp"

namespace vigie::gpu {
namespace {

constexpr std::uint64_t gib = std::uint64_t{1} << 30;

class Drm : public testing::Test {
 protected:
  void SetUp() override {
    Result<Root> root = Root::open(VIGIE_FIXTURES "/gpu_drm");
    ASSERT_TRUE(root);
    DrmSource(*root).sample(gpus_);
    ASSERT_EQ(gpus_.size(), 4);
  }

  std::vector<GpuSample> gpus_;  ///< amd c1, amd e1, intel 00, intel 03
};

TEST_F(Drm, ReadsACardOfAmd) {
  const GpuSample& gpu = gpus_[0];
  EXPECT_EQ(gpu.vendor, GpuVendor::amd);
  EXPECT_EQ(gpu.name, "AMD Instinct MI210");
  EXPECT_EQ(gpu.pci, "0000:c1:00.0");
  EXPECT_EQ(gpu.busy_percent, 87.0);
  EXPECT_EQ(gpu.memory_busy_percent, 41.0);
  EXPECT_EQ(gpu.memory_total_bytes, 64 * gib);
  EXPECT_EQ(gpu.memory_used_bytes, 21 * gib);
  EXPECT_EQ(gpu.power_watts, 241.0);
  EXPECT_EQ(gpu.power_limit_watts, 300.0);
  EXPECT_EQ(gpu.temperature_celsius, 61.0) << "the hottest place of the chip, not its edge";
  EXPECT_EQ(gpu.memory_temperature_celsius, 58.0);
  EXPECT_EQ(gpu.sm_clock_hertz, 1690e6);
  EXPECT_EQ(gpu.sm_clock_max_hertz, 1700e6);
  EXPECT_EQ(gpu.ecc_corrected, std::uint64_t{12});
  EXPECT_EQ(gpu.pcie_generation, 4U);
  EXPECT_EQ(gpu.sm_active_percent.presence(), Presence::unsupported);
}

TEST_F(Drm, CountsAClientOnceHoweverManyDescriptorsItHas) {
  ASSERT_TRUE(gpus_[0].clients);
  ASSERT_EQ(gpus_[0].clients->size(), 1) << "4712 has no memory there";
  const GpuClient& client = gpus_[0].clients->front();
  EXPECT_EQ(client.pid, 4711);
  EXPECT_EQ(client.work, GpuWork::compute);
  EXPECT_EQ(client.memory_bytes, 20 * gib) << "what ROCm took, of which fdinfo knows one";
  EXPECT_EQ(client.engines, (std::vector<EngineUse>{{"compute", 923847262, 0}, {"gfx", 1000000, 0}}));
  ASSERT_TRUE(client.busy_percent);
  EXPECT_NEAR(*client.busy_percent, 84.6, 0.1) << "88 of 104 compute units hold its work";
}

TEST(DrmCards, WhatOnlyTheTableOfAmdgpuHasIsTakenFromIt) {
  const TestDirectory place;
  const std::filesystem::path device = std::filesystem::path(place.path()) / "sys/class/drm/card0/device";
  std::filesystem::create_directories(device);
  std::filesystem::create_directories(std::filesystem::path(place.path()) / "proc");
  std::string table(120, '\xff');
  table[0] = 120, table[1] = 0, table[2] = 1, table[3] = 3;
  table.replace(16, 2, std::string{97, 0});                     // busy
  table.replace(112, 8, std::string{0, 0, 0, 0, 16, 0, 0, 0});  // held down by the hottest place of the chip
  std::ofstream(device / "uevent") << "DRIVER=amdgpu\nPCI_SLOT_NAME=0000:c1:00.0\n";
  std::ofstream(device / "gpu_metrics", std::ios::binary) << table;
  std::ofstream(device / "mem_busy_percent") << "41\n";
  Result<Root> root = Root::open(place.path());
  ASSERT_TRUE(root);
  std::vector<GpuSample> gpus;
  DrmSource(*root).sample(gpus);
  ASSERT_EQ(gpus.size(), 1);
  EXPECT_EQ(gpus[0].busy_percent, 97.0);
  EXPECT_EQ(gpus[0].memory_busy_percent, 41.0);
  EXPECT_EQ(gpus[0].power_watts.presence(), Presence::unsupported);
  ASSERT_TRUE(gpus[0].throttle);
  EXPECT_EQ(describe_throttle(*gpus[0].throttle), "thermal");
}

/// A host with one card of amdgpu and one process on it.
class Apu : public testing::Test {
 protected:
  void SetUp() override {
    std::filesystem::create_directories(device_ / "power");
    std::filesystem::create_directories(process_ / "fd");
    std::filesystem::create_directories(process_ / "fdinfo");
    put(device_ / "uevent", "DRIVER=amdgpu\nPCI_SLOT_NAME=0000:c1:00.0\n");
    put(device_ / "current_link_speed", "16.0 GT/s PCIe\n");
    put(device_ / "current_link_width", "16\n");
    std::filesystem::create_symlink("/dev/dri/renderD128", process_ / "fd/5");
    put(process_ / "fdinfo/5",
        "drm-driver:\tamdgpu\ndrm-client-id:\t29\ndrm-pdev:\t0000:c1:00.0\ndrm-engine-compute:\t9 ns\n"
        "drm-memory-gtt:\t25165824 KiB\ndrm-memory-vram:\t4096 KiB\n");
  }
  static void put(const std::filesystem::path& file, const std::string& text) {
    std::ofstream(file, std::ios::binary) << text;
  }
  void memory(std::uint64_t own, std::uint64_t own_used, std::uint64_t shared, std::uint64_t shared_used) const {
    put(device_ / "mem_info_vram_total", std::to_string(own));
    put(device_ / "mem_info_vram_used", std::to_string(own_used));
    put(device_ / "mem_info_gtt_total", std::to_string(shared));
    put(device_ / "mem_info_gtt_used", std::to_string(shared_used));
  }
  /// gpu_metrics of version 2.1, as APUs have it.
  void table() const { put(device_ / "gpu_metrics", std::string{8, 0, 2, 1, 0, 0, 0, 0}); }
  GpuSample look() const {
    Result<Root> root = Root::open(place_.path());
    std::vector<GpuSample> gpus;
    if (root) DrmSource(*root).sample(gpus);
    return gpus.empty() ? GpuSample() : gpus.front();
  }

  TestDirectory place_;
  std::filesystem::path device_ = std::filesystem::path(place_.path()) / "sys/class/drm/card0/device";
  std::filesystem::path process_ = std::filesystem::path(place_.path()) / "proc/4711";
};

TEST_F(Apu, HasTheMemoryThatItMapsOfTheHost) {
  memory(gib / 2, gib / 8, 48 * gib, 25 * gib);
  const GpuSample gpu = look();
  EXPECT_TRUE(gpu.shared_memory);
  EXPECT_EQ(gpu.memory_total_bytes, 48 * gib);
  EXPECT_EQ(gpu.memory_used_bytes, 25 * gib);
  EXPECT_EQ(gpu.pcie_width.presence(), Presence::unsupported) << "the bus within the chip is no link";
  ASSERT_EQ(gpu.clients->size(), 1);
  EXPECT_EQ(gpu.clients->front().memory_bytes, 24 * gib + gib / 256) << "all that it has";
}

TEST_F(Apu, WithMoreOfItsOwnHasBoth) {
  memory(8 * gib, 3 * gib, 28 * gib, 20 * gib);
  table();
  EXPECT_EQ(look().memory_total_bytes, 36 * gib);
  EXPECT_EQ(look().memory_used_bytes, 23 * gib);
  memory(96 * gib, 3 * gib, 15 * gib, gib);
  EXPECT_EQ(look().memory_total_bytes, 96 * gib) << "it was given all that it will need";
}

TEST_F(Apu, ACardWithMemoryDoesNotCountTheHosts) {
  memory(8 * gib, 3 * gib, 64 * gib, gib);
  const GpuSample gpu = look();
  EXPECT_FALSE(gpu.shared_memory);
  EXPECT_EQ(gpu.memory_total_bytes, 8 * gib);
  EXPECT_EQ(gpu.clients->front().memory_bytes, gib / 256);
  EXPECT_EQ(gpu.pcie_width, 16U);
}

TEST_F(Apu, WithoutFiguresOfTheHostsMemoryStaysWithItsOwn) {
  put(device_ / "mem_info_vram_total", std::to_string(gib / 2));
  put(device_ / "mem_info_vram_used", std::to_string(gib / 8));
  EXPECT_FALSE(look().shared_memory);
  EXPECT_EQ(look().memory_total_bytes, gib / 2);
}

TEST_F(Drm, TheGpuOfAnIntelProcessorHasNoMemoryAndNoLinkOfItsOwn) {
  EXPECT_TRUE(gpus_[2].shared_memory);
  EXPECT_EQ(gpus_[2].pcie_generation.presence(), Presence::unsupported);
  EXPECT_FALSE(gpus_[3].shared_memory);
}

TEST(DrmFdInfo, TellsTheHostsMemoryApart) {
  const auto info = parse_fdinfo(
      "drm-driver:\ti915\ndrm-client-id:\t5\ndrm-total-system0:\t900 KiB\ndrm-resident-system0:\t800 KiB\n");
  ASSERT_TRUE(info);
  EXPECT_EQ(info->host_bytes, std::uint64_t{800} << 10);
  EXPECT_FALSE(info->vram_bytes);
}

TEST_F(Drm, LeavesACardAsleep) {
  EXPECT_EQ(gpus_[1].pci, "0000:e1:00.0");
  EXPECT_EQ(gpus_[1].index, 1U);
  EXPECT_EQ(gpus_[1].state, GpuState::asleep);
  EXPECT_EQ(gpus_[1].busy_percent.presence(), Presence::not_read);
}

TEST_F(Drm, ReadsCardsOfIntelWithBothDrivers) {
  const GpuSample &i915 = gpus_[2], &xe = gpus_[3];
  EXPECT_EQ(i915.driver, "i915");
  EXPECT_EQ(i915.sm_clock_hertz, 1300e6);
  EXPECT_EQ(i915.throttle, std::uint8_t{0});
  EXPECT_EQ(i915.clients->front().engines.size(), 3);
  EXPECT_EQ(xe.driver, "xe");
  EXPECT_EQ(xe.memory_total_bytes, 16 * gib);
  EXPECT_EQ(xe.sm_clock_max_hertz, 2400e6);
  EXPECT_EQ(describe_throttle(*xe.throttle), "power cap");
  EXPECT_EQ(xe.energy_joules, 123456.0);
  ASSERT_EQ(xe.clients->size(), 1);
  EXPECT_EQ(xe.clients->front().memory_bytes, 2 * gib) << "what is resident, not what was allocated";
  EXPECT_EQ(xe.clients->front().engines.front(), (EngineUse{"ccs", 100000, 7655183225})) << "of four engines";
}

TEST(DrmFdInfo, TakesNothingFromOtherDescriptorsAndGarbage) {
  for (const char* text :
       {"", "pos:\t0\n", "drm-driver:\tamdgpu\n", "drm-client-id:\t5\n", ":::", "drm-client-id: x\n"})
    EXPECT_FALSE(parse_fdinfo(text)) << text;
  const auto info = parse_fdinfo(
      "drm-driver:\tamdgpu\ndrm-client-id:\t5\ndrm-engine-gfx:\t-3 ns\ndrm-engine-:\t4 ns\n"
      "drm-memory-vram:\t99999999999999999999 KiB\ndrm-engine-capacity-gfx:\t0\ndrm-engine-dma:\t12 ns");
  ASSERT_TRUE(info);
  EXPECT_FALSE(info->vram_bytes);
  EXPECT_EQ(info->engines, (std::vector<EngineUse>{{"dma", 12, 0}}));
}

TEST(Sysfs, ParsesWhatAmdgpuWrites) {
  EXPECT_EQ(highest_clock("0: 500Mhz\n1: 2475Mhz *\n"), 2475e6);
  EXPECT_FALSE(highest_clock("1: fast"));
  EXPECT_FALSE(highest_clock(""));
  EXPECT_EQ(pcie_generation("32.0 GT/s PCIe"), 5U);
  EXPECT_FALSE(pcie_generation("Unknown"));
}

}  // namespace
}  // namespace vigie::gpu
