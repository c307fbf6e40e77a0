// The results of acts, for programs: the members of a JSON document.
#pragma once

#include <vector>

#include "act/acting.hpp"
#include "act/adopt.hpp"
#include "act/run_life.hpp"
#include "act/stopped.hpp"
#include "base/json_writer.hpp"

namespace vigie::act {

/// "actions": a row for each process.
void append_actions(JsonWriter& json, const std::vector<ActionRow>& rows);
void append_stopped(JsonWriter& json, const Stopped& stopped);
void append_ended(JsonWriter& json, const Ended& ended);
/// A run that was started or queued.
void append_started(JsonWriter& json, const RunRecord& run);
void append_adopted(JsonWriter& json, const Adopted& run);

}  // namespace vigie::act
