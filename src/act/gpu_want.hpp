// vigie run --gpus: the user's wish, against the GPUs of the host.
#pragma once

#include <span>
#include <string>

#include "base/result.hpp"
#include "model/gpu.hpp"
#include "model/run_policy.hpp"

namespace vigie::act {

/// "2": any two; "0,3" or "GPU-1b2c,GPU-77ab": these, by index or the beginning of a UUID; "0,": number 0 alone. Of
/// kind usage when it makes no sense, failed when the host does not have so many.
Result<GpuWant> parse_gpus(const std::string& text, std::span<const GpuSample> gpus);

/// The same, against the GPUs of this host. Fails when there is no driver to ask, or it does not answer in two seconds.
Result<GpuWant> want_gpus(const std::string& text);

}  // namespace vigie::act
