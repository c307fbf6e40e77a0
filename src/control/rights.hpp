// Whether this process may execute again what another one was started with.
#pragma once

#include <string>

#include "model/task.hpp"

namespace vigie::control {

/// Why the command line and the environment of a process must not be executed by this process: a process with other
/// rights chose them. Its users differ (any of the four: a setuid program is still its caller's); it gained rights when
/// it was executed (AT_SECURE of getauxval(3)), so that its caller chose what it was given; or it is in another user or
/// mount namespace, as in a container, where the same words mean other files. A clause for people; empty: nothing
/// speaks against it.
[[nodiscard]] std::string why_not_ours(ProcessId id);

}  // namespace vigie::control
