// Standard output and standard error. What commands print goes through here: every write is looked at, none is put off,
// and none throws.
#pragma once

#include <string_view>

#include "base/result.hpp"

namespace vigie::cli {

/// Opens those of the descriptors 0 to 2 that vigie was started without, so that no file of its own gets their number.
/// What is read from or written to them fails, as it would have. To be called before anything else is opened.
void open_standard_descriptors();

/// Writes to standard output.
Result<void> write_output(std::string_view text);

/// Writes to standard error, as far as that is possible.
void write_error(std::string_view text);

/// Whether this is what write_output() said: end_of_output() will say it.
[[nodiscard]] bool is_of_output(const Error& error);

/// The last thing of a command that ended with `status`: what was lost of its output is an error, told in one sentence.
/// When the reader went away vigie ends as any program does then, by SIGPIPE, without a word.
[[nodiscard]] int end_of_output(int status);

}  // namespace vigie::cli
