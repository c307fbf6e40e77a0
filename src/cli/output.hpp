// Standard output and standard error. All output of commands goes through here: every write is checked, none is put
// off, and none throws.
#pragma once

#include <string_view>

#include "base/result.hpp"

namespace vigie::cli {

/// Opens those of the descriptors 0 to 2 that vigie was started without, so that no file of its own gets their number.
/// Reads and writes on them fail, as they would have. To be called before anything else is opened.
void open_standard_descriptors();

/// Writes to standard output.
Result<void> write_output(std::string_view text);

/// Writes to standard error, as far as that is possible.
void write_error(std::string_view text);

/// Whether this error is from write_output(): end_of_output() will report it.
[[nodiscard]] bool is_of_output(const Error& error);

/// The last call of a command that ended with `status`: lost output is an error, told in one sentence. When the reader
/// went away vigie ends as any program does then, by SIGPIPE, without a word.
[[nodiscard]] int end_of_output(int status);

}  // namespace vigie::cli
