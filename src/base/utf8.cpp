#include "base/utf8.hpp"

#include <fmt/format.h>

#include <iterator>

#include "base/text.hpp"

namespace vigie {
namespace {

constexpr char32_t escape_base = 0x10FC00;
constexpr char escape_first_byte = '\xf4';  ///< of the UTF-8 of every escape

bool is_escape(char32_t code) {
  return code >= escape_base + 0x80 && code <= escape_base + 0xFF;
}

}  // namespace

void append_utf8(std::string& out, char32_t code) {
  const auto put = [&](char32_t byte) { out += static_cast<char>(byte); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xC0 | code >> 6);
    put(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    put(0xE0 | code >> 12);
    put(0x80 | (code >> 6 & 0x3F));
    put(0x80 | (code & 0x3F));
  } else {
    put(0xF0 | (code >> 18 & 0x07));
    put(0x80 | (code >> 12 & 0x3F));
    put(0x80 | (code >> 6 & 0x3F));
    put(0x80 | (code & 0x3F));
  }
}

std::string escaped_utf8(std::string_view raw) {
  std::string out;
  out.reserve(raw.size());
  for (std::size_t position = 0; position < raw.size();) {
    const std::size_t begin = position;
    bool valid = true;
    const char32_t code = next_code_point(raw, position, valid);
    const std::string_view bytes = raw.substr(begin, position - begin);
    if (valid && !is_escape(code)) {
      out += bytes;
      continue;
    }
    for (const char byte : bytes) append_utf8(out, escape_base + static_cast<unsigned char>(byte));
  }
  return out;
}

std::string with_visible_escapes(std::string_view json) {
  if (!json.contains(escape_first_byte)) return std::string(json);
  std::string out;
  out.reserve(json.size());
  for (std::size_t position = 0; position < json.size();) {
    const std::size_t begin = position;
    bool valid = true;
    const char32_t code = next_code_point(json, position, valid);
    if (valid && is_escape(code)) {
      fmt::format_to(std::back_inserter(out), "\\udbff\\udc{:02x}", static_cast<unsigned>(code - escape_base));
    } else {
      out += json.substr(begin, position - begin);
    }
  }
  return out;
}

std::string unescaped_utf8(std::string_view text) {
  if (!text.contains(escape_first_byte)) return std::string(text);
  std::string out;
  out.reserve(text.size());
  for (std::size_t position = 0; position < text.size();) {
    const std::size_t begin = position;
    bool valid = true;
    const char32_t code = next_code_point(text, position, valid);
    if (valid && is_escape(code)) {
      out += static_cast<char>(code - escape_base);
    } else {
      out += text.substr(begin, position - begin);
    }
  }
  return out;
}

}  // namespace vigie
