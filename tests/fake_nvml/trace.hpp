// A trace of NVML answers, as README.md describes it.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace fake_nvml {

using nlohmann::json;

class Trace {
 public:
  /// Reads the file; an empty trace when it cannot be read.
  explicit Trace(const char* path);

  [[nodiscard]] const json& head() const { return head_; }
  [[nodiscard]] std::size_t devices() const { return lines_.size(); }
  /// All that a device says at `seconds`.
  [[nodiscard]] json at(std::size_t device, double seconds) const;
  /// Xid errors up to then, with the time of each.
  [[nodiscard]] std::vector<std::pair<double, unsigned>> errors_until(std::size_t device, double seconds) const;

 private:
  json head_ = json::object();
  std::vector<std::vector<json>> lines_;  ///< per device, ascending by time
};

}  // namespace fake_nvml
