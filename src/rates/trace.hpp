// A recording of system calls -> rates, means and shares; pure.
#pragma once

#include "model/trace.hpp"
#include "model/trace_rates.hpp"

namespace vigie {

/// A recording is an interval by itself: no earlier one is needed.
[[nodiscard]] TraceRates trace_rates(const CallTrace& trace);

}  // namespace vigie
