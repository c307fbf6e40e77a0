#include "terminal/settings_watch.hpp"

namespace vigie::terminal {
namespace {

constexpr std::string_view string_end = "\x18\x1b\\", no_link = "\x1b]8;;\x1b\\";

}  // namespace

void SettingsWatch::string(char introducer, std::string_view content) {
  if (introducer != ']') return;
  had_links_ = had_links_ || content.starts_with("8;");
  settings_.heed_command(content);
}

std::string SettingsWatch::before_reset() const {
  std::string out(string_end);  // of a sequence that was begun and would swallow what follows
  settings_.append_taking_back(out);
  settings_.keys(false).append_taking_back(out);
  if (had_links_) out += no_link;
  return out;
}

std::string SettingsWatch::after_reset() const {
  std::string out;
  settings_.keys(false).append_taking_back(out);
  return out;
}

}  // namespace vigie::terminal
