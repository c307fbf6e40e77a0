#include "views/ending_text.hpp"

#include <cstring>

#include <fmt/format.h>

namespace vigie::views {

std::string ending_text(const std::optional<ExitRecord>& exit) {
  constexpr int signal_base = 128;
  std::string text = how_it_ended(exit);
  if (!exit || exit->kind != ExitRecord::Kind::code || exit->value <= signal_base) return text;
  const char* const name = ::sigabbrev_np(exit->value - signal_base);
  const std::string code = fmt::format("exit code {}", exit->value);
  if (name != nullptr && text.ends_with(code)) text += fmt::format(" (128 + SIG{})", name);
  return text;
}

}  // namespace vigie::views
