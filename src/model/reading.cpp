#include "model/reading.hpp"

#include <cerrno>

namespace vigie {

Presence presence_of_errno(int errno_value) {
  switch (errno_value) {
    case 0: return Presence::known;
    case EACCES:
    case EPERM: return Presence::denied;
    case ENOENT:
    case ENOSYS:
    case EOPNOTSUPP: return Presence::unsupported;
    default: return Presence::unknown;
  }
}

}  // namespace vigie
