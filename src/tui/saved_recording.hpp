// What vigie top has seen, as a recording that every look reads with --replay.
#pragma once

#include <memory>
#include <span>
#include <string>

#include "base/result.hpp"

namespace vigie::tui {

/// A snapshot as wire/packed_snapshot.hpp packs it.
using PackedSnapshot = std::shared_ptr<const std::string>;

/// Writes them, oldest first, into a new file of `directory` (empty: the current one) that only its user may read,
/// named after the time of the last one. Never over a file that is there. Returns its path.
Result<std::string> save_recording(std::span<const PackedSnapshot> snapshots, const std::string& directory);

/// The same in the current directory, or where no file can be made in it, in the state directory.
Result<std::string> save_recording_somewhere(std::span<const PackedSnapshot> snapshots);

}  // namespace vigie::tui
