#include "sources/sys/power.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "base/test_directory.hpp"

namespace vigie::sys {
namespace {

/// A host with power supplies as the kernel shows them.
class Supplies {
 public:
  Supplies() { std::filesystem::create_directories(directory_.path("proc")); }

  void set(const std::string& supply, const char* attribute, const char* value) const {
    const std::string path = directory_.path("sys/class/power_supply/" + supply);
    std::filesystem::create_directories(path);
    std::ofstream(path + "/" + attribute) << value << "\n";
  }
  [[nodiscard]] bool on_battery() const { return sys::on_battery(*Root::open(directory_.path())); }

 private:
  TestDirectory directory_;
};

TEST(Power, AHostWithoutSuppliesIsOnNoBattery) {
  EXPECT_FALSE(Supplies().on_battery());
}

TEST(Power, ABatteryThatDischargesIsWhatItRunsFrom) {
  const Supplies host;
  host.set("BAT0", "type", "Battery");
  host.set("BAT0", "status", "Discharging");
  EXPECT_TRUE(host.on_battery());
  host.set("BAT0", "status", "Charging");
  EXPECT_FALSE(host.on_battery());
}

TEST(Power, WithMainsOnlineNoBatteryCounts) {
  const Supplies host;
  host.set("BAT0", "type", "Battery");
  host.set("BAT0", "status", "Discharging");
  host.set("AC", "type", "Mains");
  host.set("AC", "online", "0");
  EXPECT_TRUE(host.on_battery());
  host.set("AC", "online", "1");
  EXPECT_FALSE(host.on_battery());
}

TEST(Power, TheBatteryOfAMouseIsNotThatOfTheHost) {
  const Supplies host;
  host.set("hidpp_battery_0", "type", "Battery");
  host.set("hidpp_battery_0", "scope", "Device");
  host.set("hidpp_battery_0", "status", "Discharging");
  EXPECT_FALSE(host.on_battery());
}

}  // namespace
}  // namespace vigie::sys
