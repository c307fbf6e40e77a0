// The machine as the subject of findings.
#pragma once

#include <string_view>

#include "model/run.hpp"

namespace vigie::rules {

/// The subject of findings about the machine itself.
inline constexpr std::string_view host_subject = "host";

/// The machine as a run without an id and without processes.
[[nodiscard]] inline Run host_run() {
  Run host;
  host.name = host_subject;
  return host;
}

}  // namespace vigie::rules
