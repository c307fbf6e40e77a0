// Output of a program for a terminal that knows no escape sequences.
#pragma once

#include <string>
#include <string_view>

#include "terminal/control_parser.hpp"

namespace vigie::terminal {

/// Text with its line ends, and nothing that moves the cursor elsewhere. A program that places its lines (a redraw)
/// gets a line end before each.
class PlainText final : private ControlSink {
 public:
  /// A sequence may be cut anywhere, and go on in the next call.
  [[nodiscard]] std::string text_of(std::string_view bytes);

 private:
  void text(std::string_view bytes) override;
  void escape(char intermediate, char final) override;
  void sequence(const ControlSequence& sequence) override;

  ControlParser parser_;
  std::string text_;
};

}  // namespace vigie::terminal
