// Why there is no GPU to show.
#pragma once

#include "base/result.hpp"
#include "model/frame.hpp"

namespace vigie::views {

/// The reason that the source gives, of kind denied when that is why.
[[nodiscard]] std::unexpected<Error> no_gpus(const Frame& frame);

}  // namespace vigie::views
