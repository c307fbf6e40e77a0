// What the recorder of a run says about it, in a snapshot.
#pragma once

#include <string_view>

#include "model/snapshot.hpp"

namespace vigie::rules {

/// nullptr where no recorder keeps a run of this id.
[[nodiscard]] const SupervisedSample* supervised_of(const Snapshot& snapshot, std::string_view run_id);

}  // namespace vigie::rules
