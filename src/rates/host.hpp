// Rates of the host: a pure function of two of its samples.
#pragma once

#include "model/delta.hpp"
#include "model/host.hpp"

namespace vigie {

/// What changed from `earlier` to `later`, `seconds` after it. Lists are parallel to those of `later`; a CPU, disk or
/// interface that was not there before is a first sight.
[[nodiscard]] HostRates host_rates(const HostSample& earlier, const HostSample& later, double seconds);
/// Every rate absent for that reason.
[[nodiscard]] HostRates absent_host_rates(const HostSample& later, Presence reason);

}  // namespace vigie
