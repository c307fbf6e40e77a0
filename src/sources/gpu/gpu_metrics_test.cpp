#include "sources/gpu/gpu_metrics.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <string>

namespace vigie::gpu {
namespace {

/// A table in which nothing is measured but what is put into it.
class Table {
 public:
  Table(std::uint16_t size, char content) : bytes_(size, '\xff') {
    put(0, size);
    bytes_[2] = 1;
    bytes_[3] = content;
  }
  template <class T>
  Table& put(std::size_t at, T value) {
    std::memcpy(bytes_.data() + at, &value, sizeof value);
    return *this;
  }
  [[nodiscard]] const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

TEST(GpuMetricsTable, OfAnMi200TellsWhyItIsHeldDown) {
  Table table(120, 3);
  table.put<std::uint16_t>(6, 96).put<std::uint16_t>(8, 71).put<std::uint16_t>(16, 99).put<std::uint16_t>(18, 40);
  table.put<std::uint16_t>(22, 560).put<std::uint64_t>(24, 65536ULL * 1000);
  table.put<std::uint64_t>(112, 1ULL << 0 | 1ULL << 36);
  const auto metrics = parse_gpu_metrics(table.bytes());
  ASSERT_TRUE(metrics);
  EXPECT_EQ(metrics->temperature_celsius, 96.0);
  EXPECT_EQ(metrics->memory_temperature_celsius, 71.0);
  EXPECT_EQ(metrics->busy_percent, 99.0);
  EXPECT_EQ(metrics->memory_busy_percent, 40.0);
  EXPECT_EQ(metrics->power_watts, 560.0);
  EXPECT_EQ(metrics->energy_joules, 1000.0);
  ASSERT_TRUE(metrics->throttle);
  EXPECT_EQ(describe_throttle(*metrics->throttle), "power cap, thermal");
}

TEST(GpuMetricsTable, OfAnMi300StandsElsewhereAndHasThrottleBitsOfItsOwn) {
  for (const auto& [content, energy] : {std::pair{'\4', 24}, {'\5', 88}}) {
    Table table(288, content);
    table.put<std::uint16_t>(4, 55).put<std::uint16_t>(6, 48).put<std::uint16_t>(10, 720).put<std::uint16_t>(12, 100);
    table.put<std::uint64_t>(static_cast<std::size_t>(energy), 65536ULL * 7);
    const auto metrics = parse_gpu_metrics(table.bytes());
    ASSERT_TRUE(metrics);
    EXPECT_EQ(metrics->temperature_celsius, 55.0);
    EXPECT_EQ(metrics->power_watts, 720.0);
    EXPECT_EQ(metrics->busy_percent, 100.0);
    EXPECT_EQ(metrics->energy_joules, 7.0) << int{content};
    EXPECT_EQ(metrics->throttle.presence(), Presence::unsupported);
  }
}

TEST(GpuMetricsTable, WhatACardDoesNotMeasureIsAbsentAndNot65535) {
  const auto metrics = parse_gpu_metrics(Table(96, 1).bytes());
  ASSERT_TRUE(metrics);
  EXPECT_EQ(metrics->busy_percent.presence(), Presence::unsupported);
  EXPECT_EQ(metrics->power_watts.presence(), Presence::unsupported);
  EXPECT_EQ(metrics->energy_joules.presence(), Presence::unsupported);
  EXPECT_EQ(metrics->throttle.presence(), Presence::unsupported);
}

TEST(GpuMetricsTable, OfOtherVersionsAndDamagedOnesNothingIsTaken) {
  EXPECT_FALSE(parse_gpu_metrics(""));
  EXPECT_FALSE(parse_gpu_metrics("abc"));
  EXPECT_FALSE(parse_gpu_metrics(Table(120, 0).bytes())) << "1.0 is laid out otherwise";
  EXPECT_FALSE(parse_gpu_metrics(Table(120, 99).bytes()));
  Table apu(120, 3);
  apu.put<char>(2, 2);
  EXPECT_FALSE(parse_gpu_metrics(apu.bytes()));
  EXPECT_FALSE(parse_gpu_metrics(Table(120, 3).bytes().substr(0, 100))) << "shorter than it says";
  Table wild(120, 3);
  EXPECT_EQ(parse_gpu_metrics(wild.put<std::uint16_t>(16, 4000).bytes())->busy_percent.presence(), Presence::unknown);
}

}  // namespace
}  // namespace vigie::gpu
