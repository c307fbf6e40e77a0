#include "sources/sys/power.hpp"

#include <string>

#include "base/directory.hpp"
#include "base/file.hpp"

namespace vigie::sys {
namespace {

constexpr const char* supplies = "class/power_supply";

/// One attribute of a supply, without its newline; "" when it is not there.
std::string attribute(const Root& root, const std::string& supply, const char* name) {
  std::string text;
  if (read_file(root.sys(), (std::string(supplies) + "/" + supply + "/" + name).c_str(), text) != 0) return {};
  return text.substr(0, text.find('\n'));
}

}  // namespace

bool on_battery(const Root& root) {
  if (root.sys() < 0) return false;
  bool discharges = false;
  for (const std::string& supply : names_in(root.sys(), supplies, "")) {
    const std::string type = attribute(root, supply, "type");
    if (type == "Mains" && attribute(root, supply, "online") == "1") return false;
    if (type == "Battery" && attribute(root, supply, "scope") != "Device")
      discharges = discharges || attribute(root, supply, "status") == "Discharging";
  }
  return discharges;
}

}  // namespace vigie::sys
