#include "base/users.hpp"

#include <pwd.h>

#include <mutex>
#include <unordered_map>

namespace vigie {

const std::string& user_name(uid_t uid) {
  // A screen asks while its sampler does; getpwuid(3) has one buffer for all threads.
  static std::mutex mutex;
  static std::unordered_map<uid_t, std::string> names;  // which never move
  const std::scoped_lock lock(mutex);
  const auto [at, added] = names.try_emplace(uid);
  if (added) {
    const passwd* const entry = ::getpwuid(uid);
    at->second = entry != nullptr ? entry->pw_name : std::to_string(uid);
  }
  return at->second;
}

}  // namespace vigie
