// Where the commands show logs: standard output, with remarks on standard error.
#pragma once

#include <unistd.h>

#include <string>
#include <string_view>

#include "act/log/log.hpp"
#include "cli/look.hpp"
#include "cli/output.hpp"
#include "cli/say.hpp"

namespace vigie::cli {

class LogOutput final : public act::LogSink {
 public:
  Result<void> write(std::string_view text) override { return write_output(text); }
  void remark(const std::string& sentence) override { complain("{}", sentence); }
  [[nodiscard]] bool is_terminal() const override { return ::isatty(STDOUT_FILENO) == 1; }
  [[nodiscard]] std::size_t width() const override { return terminal_width(); }
};

}  // namespace vigie::cli
