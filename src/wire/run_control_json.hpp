// The parts of a record that tell how a run is held and what a stop did, as JSON.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "model/run.hpp"

namespace vigie::wire {

void put_start(nlohmann::json& into, const RunStart& start);
/// As every `take`: members that are missing leave the field as it was, those of another type throw.
void take_start(const nlohmann::json& from, RunStart& start);

[[nodiscard]] nlohmann::json group_to_json(const RunGroup& group);
void take_group(const nlohmann::json& from, RunGroup& group);

void put_report(nlohmann::json& into, const StopReport& report);
void take_report(const nlohmann::json& from, StopReport& report);

[[nodiscard]] nlohmann::json stop_to_json(const StopRequest& stop);
[[nodiscard]] StopRequest stop_from_json(const nlohmann::json& from);

}  // namespace vigie::wire
