#include "base/json_writer.hpp"

#include <fmt/format.h>

#include <cmath>
#include <iterator>

#include "base/text.hpp"
#include "base/utf8.hpp"

namespace vigie {

namespace {

bool is_plain(std::string_view text) {
  for (const char byte : text) {
    if (byte < 0x20 || byte == 0x7f || byte == '"' || byte == '\\') return false;  // bytes above 0x7f are negative
  }
  return true;
}

/// RFC 8259, section 7: two surrogates above U+FFFF.
void append_unicode_escape(std::string& out, char32_t code_point) {
  const auto value = static_cast<unsigned>(code_point);
  if (value > 0xffff) {
    fmt::format_to(std::back_inserter(out), "\\u{:04x}\\u{:04x}", 0xd7c0 + (value >> 10), 0xdc00 + (value & 0x3ff));
  } else {
    fmt::format_to(std::back_inserter(out), "\\u{:04x}", value);
  }
}

}  // namespace

void JsonWriter::before_value() {
  if (comma_) out_ += ',';
  if (line_pending_) {
    out_ += '\n';
  } else if (comma_) {
    out_ += ' ';
  }
  line_pending_ = false;
  comma_ = true;
}

void JsonWriter::open(char bracket) {
  before_value();
  out_ += bracket;
  comma_ = false;
}

void JsonWriter::close(char bracket) {
  if (line_pending_) out_ += '\n';
  line_pending_ = false;
  out_ += bracket;
  comma_ = true;
}

void JsonWriter::key(std::string_view name) {
  before_value();
  write_string(name);
  out_ += ": ";
  comma_ = false;
}

void JsonWriter::value(std::string_view raw) {
  before_value();
  write_string(raw);
}

void JsonWriter::value(double number) {
  before_value();
  if (std::isfinite(number)) {
    fmt::format_to(std::back_inserter(out_), "{}", number);
  } else {
    out_ += "null";
  }
}

void JsonWriter::null() {
  before_value();
  out_ += "null";
}

void JsonWriter::write_boolean(bool truth) {
  before_value();
  out_ += truth ? "true" : "false";
}

void JsonWriter::write_signed(std::int64_t number) {
  before_value();
  fmt::format_to(std::back_inserter(out_), "{}", number);
}

void JsonWriter::write_unsigned(std::uint64_t number) {
  before_value();
  fmt::format_to(std::back_inserter(out_), "{}", number);
}

void JsonWriter::write_string(std::string_view raw) {
  out_ += '"';
  if (is_plain(raw)) {
    out_ += raw;
    out_ += '"';
    return;
  }
  const std::string text = escaped_utf8(raw);
  std::string escaped;
  for (std::size_t position = 0; position < text.size();) {
    const std::size_t begin = position;
    bool valid = true;
    const char32_t code_point = next_code_point(text, position, valid);
    if (code_point == U'"' || code_point == U'\\') {
      escaped += '\\';
      escaped += static_cast<char>(code_point);
    } else if (code_point == U'\n') {
      escaped += "\\n";
    } else if (is_hostile(code_point)) {
      append_unicode_escape(escaped, code_point);
    } else {
      escaped += std::string_view(text).substr(begin, position - begin);
    }
  }
  out_ += with_visible_escapes(escaped);
  out_ += '"';
}

}  // namespace vigie
