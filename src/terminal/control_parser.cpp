#include "terminal/control_parser.hpp"

#include <algorithm>

namespace vigie::terminal {
namespace {

constexpr unsigned char kBell = 0x07;
constexpr unsigned char kCancel = 0x18;
constexpr unsigned char kSubstitute = 0x1A;
constexpr unsigned char kEscape = 0x1B;
constexpr unsigned char kDelete = 0x7F;

bool is_intermediate(unsigned char byte) {
  return byte >= 0x20 && byte <= 0x2F;
}
bool is_leader(unsigned char byte) {
  return byte >= '<' && byte <= '?';
}
bool starts_string(unsigned char byte) {
  return std::string_view("]PX^_").find(static_cast<char>(byte)) != std::string_view::npos;
}

}  // namespace

void ControlParser::begin_escape() {
  state_ = State::escape;
  malformed_ = surplus_ = too_long_ = false;
  sequence_ = {};
  begun_.assign(1, static_cast<char>(kEscape));
}

void ControlParser::keep(unsigned char byte) {
  if (begun_.size() < kLongestString) {
    begun_ += static_cast<char>(byte);
  } else {
    too_long_ = true;
  }
}

std::string ControlParser::unfinished() const {
  if (state_ == State::text) return {};
  if (!too_long_) return begun_;
  return state_ == State::sequence ? "\x1b[" : "\x1b_";  // what is left of a string is ignored as an APC is
}

void ControlParser::parse(std::string_view bytes, ControlSink& sink) {
  while (!bytes.empty()) {
    if (state_ == State::text) {
      const auto escape = std::min(bytes.find(static_cast<char>(kEscape)), bytes.size());
      if (escape > 0) sink.text(bytes.substr(0, escape));
      bytes.remove_prefix(escape);
      if (bytes.empty()) return;
    }
    read_byte(static_cast<unsigned char>(bytes.front()), sink);
    bytes.remove_prefix(1);
  }
}

void ControlParser::read_byte(unsigned char byte, ControlSink& sink) {
  const bool in_string = state_ == State::string || state_ == State::string_escape;
  if (byte == kCancel || byte == kSubstitute) {
    state_ = State::text;
  } else if (in_string) {
    read_string(byte, sink);
  } else if (byte == kEscape) {
    begin_escape();
  } else if (byte < 0x20) {
    const char control = static_cast<char>(byte);
    sink.text({&control, 1});  // takes effect at once, within a sequence too
  } else if (byte == kDelete) {
    return;
  } else if (byte > kDelete) {
    state_ = State::text;  // no sequence has such a byte: what was begun is given up
    const char started = static_cast<char>(byte);
    sink.text({&started, 1});
  } else if (state_ == State::escape) {
    read_escape(byte, sink);
  } else {
    read_sequence(byte, sink);
  }
}

void ControlParser::read_escape(unsigned char byte, ControlSink& sink) {
  keep(byte);
  if (is_intermediate(byte)) {
    malformed_ = malformed_ || sequence_.intermediate != 0;
    sequence_.intermediate = static_cast<char>(byte);
  } else if (sequence_.intermediate == 0 && byte == '[') {
    state_ = State::sequence;
  } else if (sequence_.intermediate == 0 && starts_string(byte)) {
    state_ = State::string;
    introducer_ = static_cast<char>(byte);
  } else {
    state_ = State::text;
    if (!malformed_) sink.escape(sequence_.intermediate, static_cast<char>(byte));
  }
}

void ControlParser::read_sequence(unsigned char byte, ControlSink& sink) {
  keep(byte);
  if (byte >= 0x40) {
    state_ = State::text;
    sequence_.final = static_cast<char>(byte);
    if (!malformed_) sink.sequence(sequence_);
  } else if (is_intermediate(byte)) {
    malformed_ = malformed_ || sequence_.intermediate != 0;
    sequence_.intermediate = static_cast<char>(byte);
  } else if (sequence_.intermediate != 0) {
    malformed_ = true;  // a parameter after an intermediate
  } else if (is_leader(byte)) {
    malformed_ = malformed_ || sequence_.leader != 0 || sequence_.count > 0;
    sequence_.leader = static_cast<char>(byte);
  } else {
    read_parameter(byte);
  }
}

/// A digit, ';' or ':'.
void ControlParser::read_parameter(unsigned char byte) {
  if (sequence_.count == 0) sequence_.count = 1;
  if (byte >= '0' && byte <= '9') {
    int& value = sequence_.parameters[sequence_.count - 1].value;
    if (!surplus_) value = std::min(std::max(value, 0) * 10 + (byte - '0'), ControlSequence::kMaxValue);
    return;
  }
  surplus_ = surplus_ || sequence_.count == ControlSequence::kMaxParameters;
  if (!surplus_) sequence_.parameters[sequence_.count++].sub = byte == ':';
}

void ControlParser::read_string(unsigned char byte, ControlSink& sink) {
  if (state_ == State::string_escape && byte != '\\') {
    begin_escape();  // a string that was never ended does not swallow the rest of the output
    read_byte(byte, sink);
    return;
  }
  if (byte == kBell || state_ == State::string_escape) {
    const std::size_t end = begun_.size() - (state_ == State::string_escape ? 1 : 0);
    state_ = State::text;
    if (!too_long_) sink.string(introducer_, std::string_view(begun_).substr(2, end - 2));
    return;
  }
  keep(byte);
  if (byte == kEscape) state_ = State::string_escape;
}

}  // namespace vigie::terminal
