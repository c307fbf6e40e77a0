// Signals that end a trace early, and a timer that makes waitpid look at the clock.
#pragma once

#include <signal.h>

#include <array>

namespace vigie::trace {

/// While it lives, SIGINT, SIGTERM, SIGHUP and SIGTSTP are noted instead of ending or stopping vigie, which must let go
/// of the traced first; and SIGALRM comes fifty times a second, so that a blocking call fails with EINTR. Signals that
/// were ignored stay so. One at a time.
class Interrupts {
 public:
  Interrupts();
  ~Interrupts();
  Interrupts(const Interrupts&) = delete;
  Interrupts& operator=(const Interrupts&) = delete;

  /// The first signal that came; 0 none.
  [[nodiscard]] static int received();

 private:
  static constexpr std::array noted = {SIGINT, SIGTERM, SIGHUP, SIGTSTP, SIGALRM};
  std::array<struct sigaction, noted.size()> former_{};
  sigset_t former_mask_{};
};

}  // namespace vigie::trace
