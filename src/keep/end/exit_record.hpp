// What a wait status means; pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "model/run.hpp"

namespace vigie::keep {

/// The record of a main process that ended with this status (wait(2)). `stop` shows in the reason.
[[nodiscard]] ExitRecord exit_record(int wait_status, const std::optional<StopRequest>& stop, std::int64_t wall_ns);

/// "stopped on request", "stopped because its time limit of 2 h was over".
[[nodiscard]] std::string why_stopped(const StopRequest& stop);

/// "stopped on request", "stopped on request of root".
[[nodiscard]] std::string asked_by(const StopRequest& stop);

/// Of an attempt whose command was never executed; `why` is a clause.
[[nodiscard]] ExitRecord not_started(std::string_view why, std::int64_t wall_ns);

/// For a main process whose status cannot be had: it was another process's child, or its holder was killed.
[[nodiscard]] ExitRecord unseen_end(const RunRecord& record, std::int64_t wall_ns);

/// Says in the field and in the reason that the kernel killed processes of the run at its limit of memory.
void note_out_of_memory(ExitRecord& exit, std::optional<std::uint64_t> limit_bytes);

/// "; python3 train.py had to be killed when its grace was over": the processes that a stop killed besides the main
/// process; empty when there were none.
[[nodiscard]] std::string what_had_to_be_killed(const RunRecord& ended);

/// What became of an attempt whose end is in its record: exited, failed, cancelled, killed or lost.
[[nodiscard]] RunState final_state(const RunRecord& ended);

}  // namespace vigie::keep
