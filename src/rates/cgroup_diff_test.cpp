#include "rates/cgroup_diff.hpp"

#include <gtest/gtest.h>

#include "rates/diff.hpp"

namespace vigie {
namespace {

/// One process under a quota of two CPUs, at `seconds` after boot.
Snapshot at(double seconds, std::uint64_t periods, std::uint64_t throttled, const std::string& group = "/job") {
  Snapshot snapshot;
  snapshot.before.boot_ns = static_cast<std::int64_t>(seconds * nanoseconds_per_second);
  snapshot.host.boot_id = "boot";
  ProcessDetail detail;
  detail.id = {100, 1000};
  CgroupSample sample;
  sample.layout = CgroupLayout::v2;
  sample.path = group;
  sample.cpu.quota_cpus = 2.0;
  sample.cpu.quota_group = "/job";
  sample.cpu.periods = periods;
  sample.cpu.throttled_periods = throttled;
  sample.cpu.usage_us = static_cast<std::uint64_t>(seconds * 1.5e6);
  sample.memory.oom_kills = 3;
  sample.io_pressure = Presence::unsupported;
  sample.cpu_pressure = Pressure{.some = {.total_us = static_cast<std::uint64_t>(seconds * 0.25e6)}, .full = {}};
  detail.cgroup = std::move(sample);
  snapshot.details.push_back(std::move(detail));
  return snapshot;
}

TEST(CgroupRates, SharesOfTheInterval) {
  const Snapshot before = at(10, 100, 10);
  const CgroupRates rates = diff(&before, at(12, 120, 15)).cgroups.at(0);
  EXPECT_DOUBLE_EQ(*rates.throttled_percent, 25);
  EXPECT_DOUBLE_EQ(*rates.cpu_percent, 150);
  EXPECT_DOUBLE_EQ(*rates.cpu_pressure_percent, 25);
  EXPECT_EQ(rates.io_pressure_percent.presence(), Presence::unsupported);
  EXPECT_EQ(rates.oom_kills, Reading<double>(0.0));
}

TEST(CgroupRates, AGroupThatDidNotRunWasNotThrottled) {
  const Snapshot before = at(10, 100, 10);
  EXPECT_EQ(diff(&before, at(12, 100, 10)).cgroups.at(0).throttled_percent, Reading<double>(0.0));
}

TEST(CgroupRates, AnotherGroupStartsAnew) {
  const Snapshot before = at(10, 100, 10);
  EXPECT_EQ(diff(&before, at(12, 5, 1, "/other")).cgroups.at(0).throttled_percent.presence(), Presence::first_sight);
  EXPECT_EQ(diff(nullptr, at(12, 5, 1)).cgroups.at(0).cpu_percent.presence(), Presence::first_sight);
}

TEST(CgroupRates, ACounterThatWentBackwardsHasNoShare) {
  const Snapshot before = at(10, 100, 10);
  EXPECT_EQ(diff(&before, at(12, 200, 9)).cgroups.at(0).throttled_percent.presence(), Presence::went_backwards);
}

TEST(CgroupRates, NothingWhenNobodyAsked) {
  Snapshot now = at(12, 0, 0);
  now.details[0].cgroup = Presence::not_read;
  EXPECT_TRUE(diff(nullptr, now).cgroups.empty());
}

TEST(CgroupRates, APeriodIsNeverThrottledMoreThanOnce) {
  const Snapshot before = at(10, 100, 10);
  EXPECT_EQ(diff(&before, at(12, 101, 11)).cgroups.at(0).throttled_percent, Reading<double>(100.0));
  EXPECT_EQ(diff(&before, at(12, 101, 13)).cgroups.at(0).throttled_percent, Reading<double>(100.0))
      << "the counters are not read at one moment";
}

}  // namespace
}  // namespace vigie
