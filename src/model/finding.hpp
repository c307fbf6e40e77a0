// A Finding: what a rule concluded, with the evidence and the action.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "model/reading.hpp"

namespace vigie {

enum class Severity : std::uint8_t { info, warning, critical };

[[nodiscard]] constexpr std::string_view name_of(Severity severity) {
  switch (severity) {
    case Severity::info: return "info";
    case Severity::warning: return "warning";
    case Severity::critical: return "critical";
  }
  return "info";
}

/// One measured fact behind a finding. `value` and `threshold` are in the unit that `metric` names.
struct Evidence {
  std::string metric;  ///< "trainer_asleep_percent"
  double value = 0;
  double threshold = 0;
  double window_seconds = 0;
  std::string text;  ///< "trainer asleep in 82 % of 40 looks (30 % or more says it waits)"
};

struct Finding {
  std::string_view rule;  ///< fixed vocabulary: "loader-cpu", ...
  Severity severity = Severity::warning;
  double confidence = 0;           ///< 0..1
  Reading<double> share_percent;   ///< of the window's time that it cost its subject; not_read where not measurable
  bool primary = false;            ///< the likeliest cause for its subject; the others contribute
  std::string subject;             ///< run name, or "host"
  std::int64_t since_wall_ns = 0;  ///< start of the window it was seen in
  std::string summary;             ///< one sentence
  std::vector<Evidence> evidence;
  std::vector<std::string> causes;
  std::vector<std::string> actions;
  bool at_any_age = false;  ///< true of a run that began a moment ago, too: no start looks like it
};

/// A run that began too recently: what it does says nothing yet.
struct TooEarly {
  std::string subject;
  double began_within_seconds = 0;  ///< less than so long ago
  double settles_in_seconds = 0;
};

/// A conclusion that a rule would need a longer look for.
struct Suspicion {
  std::string_view rule;
  std::string subject;
  std::string text;          ///< "its memory grew by 1.1G in 11 s"
  double wants_seconds = 0;  ///< of looking in all; 0: a longer look would not tell
  std::string how = {};      ///< what would tell, a clause
  bool now = true;           ///< looking on now would do; else only a look that begins later
};

}  // namespace vigie
