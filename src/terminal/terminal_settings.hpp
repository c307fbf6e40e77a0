// What a program sets on a terminal beside its screen: how keys are sent, colours, reports, the pointer. A client that
// shows the program on another terminal sets it there, too, and takes it back when the user gets the terminal again.
#pragma once

#include <array>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "terminal/control_parser.hpp"

namespace vigie::terminal {

/// The flags of kitty's keyboard protocol (`CSI > u` pushes, `CSI < u` pops, `CSI = u` changes), of one screen.
struct KeyFlags {
  int now = 0;
  std::vector<int> below;  ///< the bottom first, bounded
  bool touched = false;

  /// The same flags and stack on a terminal; nothing when the program never asked for any.
  void append_to(std::string& out) const;
  void append_taking_back(std::string& out) const;
};

/// Only what was ever touched is known, set again and taken back: everything else is as the user has it. A value that
/// the program took back itself stays known as such, as another terminal may have missed that.
class TerminalSettings {
 public:
  /// Any other sequence is passed over. Kitty's flags belong to the screen that is shown.
  void heed(const ControlSequence& sequence, bool on_alternate);
  /// The same for an operating system command (`OSC content ST`).
  void heed_command(std::string_view content);
  /// As a full reset (RIS) does.
  void reset();

  /// Sets a terminal as the program did, from the state that append_taking_back() leaves. Neither sets kitty's flags:
  /// keys().
  void append_to(std::string& out) const;
  void append_taking_back(std::string& out) const;
  [[nodiscard]] const KeyFlags& keys(bool of_alternate) const { return keys_[of_alternate ? 1 : 0]; }
  /// A DEC private mode that a screen does not act on, where the program ever set it.
  [[nodiscard]] const bool* private_mode(int number) const;

 private:
  void set_modes(const ControlSequence& sequence);
  void set_keys(const ControlSequence& sequence, KeyFlags& keys) const;
  void set_resource(const ControlSequence& sequence);
  void set_palette(std::string_view pairs, int kind);
  void set_colours(std::string_view specs, int first);
  void reset_colours(int kind, std::string_view which);

  std::map<int, bool> private_modes_, ansi_modes_;
  std::array<KeyFlags, 2> keys_;                              ///< of the main and the alternate screen
  std::map<std::pair<char, int>, int> resources_;             ///< xterm's `CSI > r ; v m` and `f`; -1: its default
  std::map<std::pair<int, int>, std::string> colours_;        ///< by OSC and index; empty: the terminal's own
  std::map<std::string, std::string, std::less<>> commands_;  ///< other commands by their beginning; empty: none
};

}  // namespace vigie::terminal
