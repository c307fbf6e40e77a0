// Characters as bytes, and any bytes as characters.
#pragma once

#include <string>
#include <string_view>

namespace vigie {

/// Appends one character, below 0x110000, as UTF-8 (RFC 3629).
void append_utf8(std::string& out, char32_t code);

/// Any bytes as UTF-8 that loses none of them: a byte that is not UTF-8 becomes U+10FC00 + byte, a private character
/// that JSON writes \udbff\udcXX (Python's surrogateescape, made a pair). These characters themselves, U+10FC80 to
/// U+10FCFF, are taken for bytes that are not UTF-8: so different bytes never look the same.
[[nodiscard]] std::string escaped_utf8(std::string_view raw);

/// The same text in JSON, whose escapes are written out: a terminal and an editor show nothing for private characters.
/// `json` is a document, or part of one, that is UTF-8.
[[nodiscard]] std::string with_visible_escapes(std::string_view json);

/// The bytes that escaped_utf8() was given.
[[nodiscard]] std::string unescaped_utf8(std::string_view text);

}  // namespace vigie
