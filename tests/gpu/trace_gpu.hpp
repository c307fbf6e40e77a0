// Traces of GPUs as the driver that is not there plays them (tests/fake_nvml/README.md), read without it.
#pragma once

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "model/gpu.hpp"

namespace vigie {

using Json = nlohmann::json;

struct Trace {
  Json head;
  std::vector<Json> lines;
};

/// Ends the program where there is none.
Trace read_trace(const char* path);

/// The number at a member, or at a place of the list that it is; absent where the driver would not tell.
Reading<double> number(const Json& device, const char* name, int place = -1, double scale = 1);

template <class T>
Reading<T> as(const Reading<double>& value) {
  return value ? Reading<T>(static_cast<T>(*value)) : Reading<T>(value.presence());
}

/// The device as the driver would tell it, without its clients.
GpuSample gpu_of(const Json& device, const std::vector<unsigned>& xids);

}  // namespace vigie
