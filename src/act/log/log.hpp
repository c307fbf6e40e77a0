// A request for a log, and its destination: the sink writes, and nothing else does.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace vigie::act {

struct LogRequest {
  bool raw = false;                                ///< the bytes, not the view
  bool follow = false;                             ///< go on until the run is over
  std::optional<std::size_t> lines = {};           ///< only the last ones
  std::optional<std::int64_t> since_wall_ns = {};  ///< only output from then on, to the second
};

class LogSink {
 public:
  LogSink() = default;
  LogSink(const LogSink&) = delete;
  LogSink& operator=(const LogSink&) = delete;
  virtual ~LogSink() = default;

  /// Safe text, or with `raw` the bytes. On a terminal the line that is being drawn is drawn over.
  virtual Result<void> write(std::string_view text) = 0;
  /// A sentence about the log, beside it; raw.
  virtual void remark(const std::string& sentence) = 0;
  /// Whether people see it as it is written.
  [[nodiscard]] virtual bool is_terminal() const { return false; }
  /// Columns of the terminal, which may change; 0: none, or not known.
  [[nodiscard]] virtual std::size_t width() const { return 0; }
};

/// The part of `text` that holds its last lines.
[[nodiscard]] std::string_view last_lines(std::string_view text, std::size_t lines);

}  // namespace vigie::act
