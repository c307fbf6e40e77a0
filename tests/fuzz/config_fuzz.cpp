// Any bytes as the configuration: refused with one line that is safe to print, or understood; and what is in force is
// understood again.
#include "config/config.hpp"
#include "config/keys.hpp"
#include "input.hpp"

FUZZ(text) {
  vigie::config::Config config;
  const auto taken = vigie::config::take_text(config, text, "config.toml");
  if (!taken) {
    must(taken.error().message.find_first_of("\x1b\n") == std::string::npos);
    return;
  }
  must(config.top.interval_seconds.value >= 0.1);
  for (const auto& one : vigie::config::in_force(config)) must(!one.value.empty());
}
