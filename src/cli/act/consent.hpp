// Before an action on targets that vigie did not start, or that belong to another user.
#pragma once

#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "cli/act/acting.hpp"

namespace vigie::cli {

/// Describes each such target, with owner and command, and asks whether to `verb` it. `--yes` answers that; without a
/// terminal to ask on it must be given (kind usage). Targets that are the user's own need nothing. Those of others that
/// the kernel protects from this user need nothing either: the attempt will be refused.
/// A pattern never acts on another user's target, whatever the answer: it must be named (kind usage).
Result<void> get_consent(const Frame& frame, const std::vector<act::Target>& targets, const ActingOptions& options,
                         std::string_view verb);

}  // namespace vigie::cli
