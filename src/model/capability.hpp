// What this host allows vigie, and what it would take to allow more.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "model/reading.hpp"

namespace vigie {

enum class Ability : std::uint8_t {
  works,
  limited,      ///< in part, or of one's own processes only
  denied,       ///< the kernel has it and refuses: more privilege would help
  unsupported,  ///< this kernel does not have it
  missing,      ///< not there or not switched on, and could be
};

[[nodiscard]] constexpr std::string_view name_of(Ability ability) {
  switch (ability) {
    case Ability::works: return "works";
    case Ability::limited: return "limited";
    case Ability::denied: return "denied";
    case Ability::unsupported: return "unsupported";
    case Ability::missing: break;
  }
  return "missing";
}

struct Capability {
  std::string_view id;  ///< "bpf"; stable
  Ability status = Ability::works;
  Reading<double> value = {};  ///< the number behind it, if there is one
  std::string_view unit = {};  ///< of the value, as in `check`
  std::string reason = {};     ///< what was found and what it is for, in one sentence
  std::string advice = {};     ///< how to enable it; empty when nothing is to be done
};

}  // namespace vigie
