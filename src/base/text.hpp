// Hostile text made safe: process names, command lines, file names and log lines come from anyone.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace vigie {

/// Text that may be written to a terminal: C0, DEL, C1, invalid UTF-8, bidirectional controls and invisible
/// characters become visible escapes (\n, \x1b, \u{9b}, \xff, \u{200b}); everything else is unchanged. A backslash
/// stays as it is, so ordinary command lines read as typed.
[[nodiscard]] std::string safe_text(std::string_view raw);

/// The same, appended to `out`: for writers of many rows.
void append_safe_text(std::string& out, std::string_view raw);

/// Whether a code point must not reach a terminal as it is: C0, DEL, C1, line separators, bidirectional
/// controls, and what is not to be seen (U+200B).
[[nodiscard]] bool is_hostile(char32_t code_point);

/// Terminal columns that `safe` occupies (wcwidth of its code points; `safe` is the output of safe_text).
[[nodiscard]] std::size_t display_width(std::string_view safe);

/// The longest prefix of `safe` that fits `columns`; when something was cut its last column is "…".
[[nodiscard]] std::string cut_to_width(std::string_view safe, std::size_t columns);

/// One code point read from `text` at `position`, which moves past it. Returns U+FFFD and moves one byte on invalid
/// UTF-8.
[[nodiscard]] char32_t next_code_point(std::string_view text, std::size_t& position, bool& valid);

/// Bytes at the end of `text` (0 to 3) that begin a character whose other bytes may follow in the next read.
[[nodiscard]] std::size_t incomplete_tail(std::string_view text);

}  // namespace vigie
