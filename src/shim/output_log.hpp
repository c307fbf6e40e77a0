// The log of a run: every byte its program wrote, in order. A full disk never blocks the run; what was lost is marked.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/fd.hpp"

namespace vigie::shim {

class OutputLog {
 public:
  /// Appends to `directory`/output.log (0600). When it cannot be opened everything counts as lost.
  explicit OutputLog(const std::string& directory);

  void write(std::string_view bytes);
  /// The last `limit` bytes written so far: what a shim started again redraws its screen from.
  [[nodiscard]] static std::string tail(const std::string& directory, std::size_t limit);
  /// Durable up to here; errors are ignored: the log is not the record.
  void sync();

 private:
  Fd file_;
  std::uint64_t lost_ = 0;  ///< bytes not written since the last success
};

}  // namespace vigie::shim
