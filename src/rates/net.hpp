// Rates of interfaces and sockets: a pure function of two samples.
#pragma once

#include "model/net.hpp"

namespace vigie {

/// What changed from `previous` (nullptr: first sight) to `current` in `seconds`. An interface is known again by its
/// name, a socket by its cookie: a new connection on the same ports is another one. One that was not there
/// before has no rates yet.
[[nodiscard]] NetDelta diff_net(const NetSample* previous, const NetSample& current, double seconds);

}  // namespace vigie
