// A display for tests and other programs: one JSON event a line in, the cells as one JSON document a line out.
//
// In:  {"key": "down"}, {"text": "abc"}, {"resize": [24, 80]}; the end of the input is the end.
//      A line of more than 64 KiB, and one that is none of these, is left out.
// Out: {"rows": 24, "columns": 80, "lines": ["…"], "roles": [[["title", 12], ["normal", 68]]]}: of each line its text
// and
//      the roles of its cells as runs. A wide character counts as two cells.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "tui/display.hpp"

namespace vigie::tui {

class JsonDisplay final : public Display {
 public:
  /// Reads events from that descriptor, which is the caller's. 24 rows of 80 columns until told otherwise.
  JsonDisplay(int in, std::function<Result<void>(std::string_view)> write) : in_(in), write_(std::move(write)) {}

  [[nodiscard]] Size size() const override { return size_; }
  Result<void> show(const Grid& grid) override;
  [[nodiscard]] std::vector<pollfd> waits() const override { return {{.fd = in_, .events = POLLIN, .revents = 0}}; }
  [[nodiscard]] std::vector<Event> events() override;

 private:
  void take_bytes(std::string_view bytes, std::vector<Event>& events);
  void take_line(std::string_view line, std::vector<Event>& events);

  int in_;
  std::function<Result<void>(std::string_view)> write_;
  std::string unread_;
  bool too_long_ = false;  ///< what comes until the end of the line is thrown away
  Size size_{.rows = 24, .columns = 80};
};

/// The document of one grid, on one line, with the line's end.
[[nodiscard]] std::string json_of(const Grid& grid);

}  // namespace vigie::tui
