// What a run does by itself, as JSON in run.json.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "model/run_policy.hpp"

namespace vigie::wire {

[[nodiscard]] nlohmann::json policy_to_json(const RunPolicy& policy);
/// @throw nlohmann::json::exception when a member is of another type.
[[nodiscard]] RunPolicy policy_from_json(const nlohmann::json& json);

}  // namespace vigie::wire
