// The settings that a shown program has made on the user's terminal, found in its output as it is written.
#pragma once

#include <string>
#include <string_view>

#include "terminal/control_parser.hpp"
#include "terminal/terminal_settings.hpp"

namespace vigie::terminal {

class SettingsWatch final : ControlSink {
 public:
  void see(std::string_view bytes) { parser_.parse(bytes, *this); }
  /// Takes all of it back: the bytes before and those after the main screen is shown again.
  [[nodiscard]] std::string before_reset() const;
  [[nodiscard]] std::string after_reset() const;

 private:
  void text(std::string_view /*bytes*/) override {}
  void escape(char /*intermediate*/, char /*final*/) override {}
  void sequence(const ControlSequence& sequence) override { settings_.heed(sequence, false); }
  void string(char introducer, std::string_view content) override;

  ControlParser parser_;
  TerminalSettings settings_;
  bool had_links_ = false;
};

}  // namespace vigie::terminal
