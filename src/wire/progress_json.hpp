// Progress as JSON, on the socket and in run.json.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "base/json_writer.hpp"
#include "model/run.hpp"

namespace vigie::wire {

void put_progress(JsonWriter& json, const Progress& progress);
/// Unknown and ill-typed fields are left out: an older or newer writer must not break a reader.
[[nodiscard]] Progress progress_from_json(const nlohmann::json& json);

}  // namespace vigie::wire
