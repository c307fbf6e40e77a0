// Names of users.
#pragma once

#include <sys/types.h>

#include <string>

namespace vigie {

/// What this host calls a user (getpwuid(3)), asked once; the number when nobody has it.
[[nodiscard]] const std::string& user_name(uid_t uid);

}  // namespace vigie
