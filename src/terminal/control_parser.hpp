// Tells control sequences from text in the output of a program to its terminal: ECMA-48, with the states of the DEC
// VT500 parser (https://vt100.net/emu/dec_ansi_parser).
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

namespace vigie::terminal {

/// A control sequence, `ESC [ leader parameters intermediate final`, complete and within bounds.
struct ControlSequence {
  static constexpr std::size_t kMaxParameters = 16;  // of a VT500; more are ignored
  static constexpr int kMaxValue = 9999;             // greater ones mean no more on any screen
  static constexpr int kMissing = -1;

  struct Parameter {
    int value = kMissing;
    bool sub = false;  // it follows a ':' and belongs to the one before (ITU T.416, as in SGR 38:2:...)
  };

  char leader = 0;        // one of < = > ?, 0 for none
  char intermediate = 0;  // 0x20 to 0x2F, 0 for none
  char final = 0;
  std::array<Parameter, kMaxParameters> parameters{};
  std::size_t count = 0;

  /// The parameter's value where it is there and not 0, else `otherwise`.
  [[nodiscard]] int value_or(std::size_t index, int otherwise) const {
    return index < count && parameters[index].value > 0 ? parameters[index].value : otherwise;
  }
};

/// Receives what was printed.
class ControlSink {
 public:
  /// Bytes to print, with control characters (line feed, carriage return, tab...) among them; UTF-8 may be cut between
  /// calls.
  virtual void text(std::string_view bytes) = 0;
  /// `ESC intermediate final`; the intermediate is 0 where there is none.
  virtual void escape(char intermediate, char final) = 0;
  virtual void sequence(const ControlSequence& sequence) = 0;
  /// `ESC introducer content ST`, the introducer one of ] P X ^ _ (OSC, DCS, SOS, PM, APC); content of at most
  /// ControlParser::kLongestString bytes. Ignored unless overridden.
  virtual void string(char introducer, std::string_view content) {
    (void)introducer;
    (void)content;
  }

 protected:
  ~ControlSink() = default;
};

/// Takes any bytes, split anywhere. Malformed sequences and all longer strings (images) are left out. It keeps no more
/// than one sequence.
class ControlParser {
 public:
  static constexpr std::size_t kLongestString = 4096;

  void parse(std::string_view bytes, ControlSink& sink);
  /// The bytes of what is not complete yet. A terminal that gets these first, and then the bytes from here on, reads
  /// them as this one does.
  [[nodiscard]] std::string unfinished() const;

 private:
  enum class State { text, escape, sequence, string, string_escape };
  void begin_escape();
  void read_byte(unsigned char byte, ControlSink& sink);
  void read_escape(unsigned char byte, ControlSink& sink);
  void read_sequence(unsigned char byte, ControlSink& sink);
  void read_string(unsigned char byte, ControlSink& sink);
  void read_parameter(unsigned char byte);
  void keep(unsigned char byte);

  State state_ = State::text;
  bool malformed_ = false;
  bool surplus_ = false;  // more parameters than are kept
  ControlSequence sequence_;
  char introducer_ = 0;
  std::string begun_;      // the bytes of what is not complete yet, but no control characters among them
  bool too_long_ = false;  // begun_ is not all of them
};

}  // namespace vigie::terminal
