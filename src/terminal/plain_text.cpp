#include "terminal/plain_text.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace vigie::terminal {

std::string PlainText::text_of(std::string_view bytes) {
  parser_.parse(bytes, *this);
  return std::exchange(text_, {});
}

void PlainText::text(std::string_view bytes) {
  std::ranges::copy_if(bytes, std::back_inserter(text_), [](char byte) {
    return static_cast<unsigned char>(byte) >= 0x20 || std::string_view("\a\b\t\n\r").contains(byte);
  });
}

void PlainText::escape(char /*intermediate*/, char /*final*/) {}

void PlainText::sequence(const ControlSequence& sequence) {
  if (sequence.final == 'H' && sequence.value_or(0, 1) > 1) text_ += "\r\n";
}

}  // namespace vigie::terminal
