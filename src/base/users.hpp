// Names of users.
#pragma once

#include <sys/types.h>

#include <string>

namespace vigie {

/// The name of a user on this host (getpwuid(3)), asked once; the number when it has no name.
[[nodiscard]] const std::string& user_name(uid_t uid);

}  // namespace vigie
