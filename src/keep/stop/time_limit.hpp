// When a run's time is over, and the signal before that.
#pragma once

#include <cstdint>
#include <optional>

#include "model/run.hpp"

namespace vigie::keep {

class TimeLimit {
 public:
  /// Of the attempt that `record` tells of; a recorder that takes over later knows the same times.
  TimeLimit(const RunRecord& record, Instant now);

  /// When `due` has something to tell next, on the boot clock; nothing when never.
  [[nodiscard]] std::optional<std::int64_t> next_boot_ns() const;

  enum class Due : std::uint8_t { nothing, early_signal, end };
  /// What is due; each once.
  Due due(std::int64_t boot_ns);

 private:
  std::optional<std::int64_t> early_, end_;
};

}  // namespace vigie::keep
