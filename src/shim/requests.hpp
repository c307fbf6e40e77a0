// What clients ask a shim, and the words of its answers.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "model/run.hpp"

namespace vigie::shim {

struct Request {
  enum class Kind : std::uint8_t { unknown, progress, stop };
  Kind kind = Kind::unknown;
  StopRequest stop;  ///< of kind stop: what was asked for
};

/// Any bytes; what is not a valid request is `unknown`.
[[nodiscard]] Request parse_request(std::string_view packet);

[[nodiscard]] std::string progress_answer(const std::optional<Progress>& progress);
[[nodiscard]] std::string acceptance();
[[nodiscard]] std::string refusal(std::string_view reason);

}  // namespace vigie::shim
