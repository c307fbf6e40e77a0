#include "trace.hpp"

#include <algorithm>
#include <fstream>

namespace fake_nvml {

Trace::Trace(const char* path) {
  std::ifstream file(path);
  for (std::string text; std::getline(file, text);) {
    if (text.empty()) continue;
    json line = json::parse(text);
    if (line.contains("trace")) {
      head_ = std::move(line);
      continue;
    }
    const auto device = line.value("device", std::size_t{0});
    if (device >= 64) continue;
    lines_.resize(std::max(lines_.size(), device + 1));
    lines_[device].push_back(std::move(line));
  }
}

json Trace::at(std::size_t device, double seconds) const {
  json all = json::object();
  if (device >= lines_.size()) return all;
  for (const json& line : lines_[device]) {
    if (line.value("time", 0.0) > seconds) break;
    for (const auto& [key, value] : line.items()) {
      if (value.is_null()) {
        all.erase(key);
      } else {
        all[key] = value;
      }
    }
  }
  return all;
}

std::vector<std::pair<double, unsigned>> Trace::errors_until(std::size_t device, double seconds) const {
  std::vector<std::pair<double, unsigned>> errors;
  if (device >= lines_.size()) return errors;
  for (const json& line : lines_[device]) {
    const double time = line.value("time", 0.0);
    if (time > seconds || !line.contains("xid")) continue;
    for (const json& one : line["xid"].is_array() ? line["xid"] : json::array({line["xid"]}))
      errors.emplace_back(time, one.get<unsigned>());
  }
  return errors;
}

}  // namespace fake_nvml
