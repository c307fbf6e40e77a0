// Other programs, run without a shell.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace vigie::act {

/// Which output of a program reaches vigie's own.
enum class Output : std::uint8_t { none, errors };

/// Runs it and waits: its exit status as a shell would tell. Fails when it is not there. Runs in `directory`, if that
/// exists and may be entered, else (and by default) here.
Result<int> run_program(const std::vector<std::string>& words, Output output, const std::string& directory = {});

/// Runs it and waits: its standard output; empty when its exit status is not 0. Fails when it is not there.
Result<std::string> output_of(const std::vector<std::string>& words);

/// Runs it and waits: its output and its errors as they came, whatever its exit status. Signals that the calling thread
/// blocks are not blocked in it, and it has nothing to read. Fails when it is not there.
Result<std::string> all_output_of(const std::vector<std::string>& words);

/// Runs it on vigie's own input and output and waits: what it wrote as errors. Signals as in all_output_of(). Fails
/// when it is not there.
Result<std::string> lend_terminal(const std::vector<std::string>& words);

/// Becomes it; returns only when that fails.
Result<int> become_program(const std::vector<std::string>& words);

/// The words as one would type them in a shell.
[[nodiscard]] std::string shell_line(const std::vector<std::string>& words);

}  // namespace vigie::act
