// One snapshot by itself, packed: for a row of them in memory, of which any is wanted.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "model/snapshot.hpp"

namespace vigie::wire {

/// What a recording holds of it, as one zstd frame.
[[nodiscard]] std::string pack_snapshot(const Snapshot& snapshot);
/// Takes any bytes; nullptr when they are no packed snapshot.
[[nodiscard]] std::shared_ptr<Snapshot> unpack_snapshot(std::string_view packed);

}  // namespace vigie::wire
