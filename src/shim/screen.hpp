// The screen of a run: a real terminal model (libvterm) of what its program drew.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace vigie::shim {

/// A terminal's screen. Feed it the bytes the program wrote; ask what is on it.
class Screen {
 public:
  Screen(int rows, int columns);
  ~Screen();
  Screen(Screen&&) noexcept;
  Screen& operator=(Screen&&) noexcept;

  /// Any bytes, split anywhere: UTF-8 and escape sequences may be cut between calls.
  void write(std::string_view bytes);
  void resize(int rows, int columns);
  /// The lines from the cursor's upwards (cursor line first, at most `count`), UTF-8, trailing blanks removed.
  [[nodiscard]] std::vector<std::string> lines_up_from_cursor(int count) const;

 private:
  struct Terminal;
  std::unique_ptr<Terminal> terminal_;
};

}  // namespace vigie::shim
