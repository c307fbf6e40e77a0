#include "base/users.hpp"

#include <pwd.h>

#include <unordered_map>

namespace vigie {

const std::string& user_name(uid_t uid) {
  static std::unordered_map<uid_t, std::string> names;
  const auto [at, added] = names.try_emplace(uid);
  if (added) {
    const passwd* const entry = ::getpwuid(uid);
    at->second = entry != nullptr ? entry->pw_name : std::to_string(uid);
  }
  return at->second;
}

}  // namespace vigie
