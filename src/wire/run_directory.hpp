// The directory of a run, runs/ID: what a client and a recorder tell each other through files. The record (run.json) is
// replaced atomically and survives a crash; events.jsonl is appended; output.log holds the run's output.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/fd.hpp"
#include "base/result.hpp"
#include "model/run.hpp"

namespace vigie::wire {

/// The directory that holds all runs of this user: $XDG_STATE_HOME/vigie/runs, else ~/.local/state/vigie/runs.
[[nodiscard]] Result<std::string> runs_path();

/// Creates (0700) and checks the state directories: refused with path and reason when one is a symlink, not a
/// directory, owned by someone else, or not writable. Returns runs_path().
Result<std::string> prepare_runs_directory();

/// The same for another directory beside runs, `name`. Returns its path.
Result<std::string> prepare_state_directory(const std::string& name);

/// Makes the directory of a live run again that another process removed, with all that a run keeps room for. Refused
/// where this process would start no run.
Result<void> make_directory_anew(const std::string& directory);

/// For a caller that executes what a record says, or removes a run: refuses, as above, what belongs to another user.
/// (Root may look at the runs of others and end them, but must not run their commands.)
Result<void> check_own(const RunRecord& record);

/// Fails unless the record is a regular file of the owner of the directory (see run_file.hpp), and this run's.
Result<RunRecord> read_record(const std::string& directory);

/// For a keeper, which executes what the record says: another user's record is refused, too (EACCES).
Result<RunRecord> read_own_record(const std::string& directory);

/// What a power cut may do to a record that is being written. Processes see the old one or the new one, always.
enum class Kept : std::uint8_t {
  surely,   ///< leaves the old one or the new one, and the new one from the return on
  at_last,  ///< may leave none before the return: for a start, where the old one records no attempt yet
  loosely,  ///< may leave none for some seconds
};
Result<void> write_record(const RunRecord& record, Kept kept = Kept::surely);
/// Writes the user's wish about this attempt before any process acts on it: the recorder may be stopped or killed, and
/// must not start a run again that was to end. The recorder reads it before it decides what follows an attempt.
Result<void> write_wish(const RunRecord& record, const StopRequest& stop);
/// The wish about this attempt.
[[nodiscard]] std::optional<StopRequest> read_wish(const RunRecord& record);

/// Writes how an attempt ended, without its progress, where the disk has no room for its record: read_record() reads
/// it.
Result<void> write_end(const RunRecord& record);

/// Clears the wish and the end, and keeps the room for both on a disk that may be full by then.
Result<void> keep_room(const std::string& directory);

/// One line in events.jsonl: {"time": ..., "event": ..., ...}; `extra` is a JSON object's inside or empty.
Result<void> append_event(const std::string& directory, std::string_view event, std::string_view extra = {});

/// One line in attempts.jsonl, durable: which attempt began and ended when, and how. It keeps what a restart overwrites
/// in run.json.
Result<void> append_attempt(const RunRecord& record);

[[nodiscard]] std::string to_json(const RunRecord& record);
[[nodiscard]] std::string attempt_to_json(const RunRecord& record);
/// Adds the end that attempt_to_json() wrote, when it is that of the record's attempt. False when it is none.
bool add_end_from_json(std::string_view text, RunRecord& record);
[[nodiscard]] Result<RunRecord> record_from_json(std::string_view text);
[[nodiscard]] std::string wish_to_json(unsigned attempt, const StopRequest& stop);
[[nodiscard]] std::optional<StopRequest> wish_from_json(std::string_view text, unsigned attempt);

}  // namespace vigie::wire
