// Characters as bytes.
#pragma once

#include <string>

namespace vigie {

/// Appends one character, below 0x110000, as UTF-8 (RFC 3629).
void append_utf8(std::string& out, char32_t code);

}  // namespace vigie
