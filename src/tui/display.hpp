// The seam between vigie top and whatever shows it: a terminal, or a test that reads JSON.
#pragma once

#include <poll.h>

#include <string>
#include <vector>

#include "base/result.hpp"
#include "tui/event.hpp"
#include "tui/grid.hpp"

namespace vigie::tui {

class Display {
 public:
  Display() = default;
  Display(const Display&) = delete;
  Display& operator=(const Display&) = delete;
  virtual ~Display() = default;

  [[nodiscard]] virtual Size size() const = 0;
  /// Errors: it can be shown nowhere any more.
  virtual Result<void> show(const Grid& grid) = 0;
  /// The next show() writes everything: something else has written on the screen.
  virtual void redraw() {}
  /// Gives the terminal to a program until it ends, then draws everything anew: what it wrote as errors. Errors: there
  /// is no terminal, or no such program.
  [[nodiscard]] virtual Result<std::string> lend(const std::vector<std::string>& /*words*/) {
    return fail("this takes a terminal");
  }
  /// It still shows the picture before: a new one would only wait behind it.
  [[nodiscard]] virtual bool busy() const { return false; }
  /// Goes on with a picture that it could not show at once, as far as there is room. Errors as show().
  virtual Result<void> go_on_showing() { return {}; }
  /// How long to wait at most before go_on_showing(), milliseconds.
  [[nodiscard]] virtual int patience_ms() const { return 1000; }
  /// What to wait for with poll(2): events() has something to say once one of these is ready.
  [[nodiscard]] virtual std::vector<pollfd> waits() const = 0;
  /// What has come until now, in its order. Never waits.
  [[nodiscard]] virtual std::vector<Event> events() = 0;
  /// What the user should know of it: "the terminal \"foo\" is unknown here: …"; empty: nothing.
  [[nodiscard]] virtual std::string remark() const { return {}; }
};

}  // namespace vigie::tui
