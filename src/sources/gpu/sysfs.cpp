#include "sources/gpu/sysfs.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "base/file.hpp"

namespace vigie::gpu {

Reading<std::string> read_text(int dir_fd, const std::string& path) {
  std::string text;
  if (dir_fd < 0) return Presence::unsupported;
  if (const int error = read_file(dir_fd, path.c_str(), text)) return presence_of_errno(error);
  return text;
}

Reading<std::uint64_t> read_number(int dir_fd, const std::string& path) {
  const Reading<std::string> text = read_text(dir_fd, path);
  if (!text) return text.presence();
  std::uint64_t value = 0;
  if (std::from_chars(text->data(), text->data() + text->size(), value).ec != std::errc{}) return Presence::unknown;
  return value;
}

Reading<double> read_scaled(int dir_fd, const std::string& path, double scale) {
  const Reading<std::uint64_t> value = read_number(dir_fd, path);
  return value ? Reading<double>(static_cast<double>(*value) * scale) : Reading<double>(value.presence());
}

std::string_view value_of(std::string_view text, std::string_view key, char separator) {
  while (!text.empty()) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    if (!line.starts_with(key) || line.size() <= key.size() || line[key.size()] != separator) continue;
    line.remove_prefix(key.size() + 1);
    while (!line.empty() && line.front() == ' ') line.remove_prefix(1);
    return line;
  }
  return {};
}

Reading<double> highest_clock(std::string_view text) {
  double most = 0;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    const std::size_t colon = line.find(": ");
    if (colon == std::string_view::npos) continue;
    const std::string_view value = line.substr(colon + 2);
    unsigned megahertz = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), megahertz);
    if (error == std::errc{} && std::string_view(end, value.data() + value.size()).starts_with("Mhz"))
      most = std::max(most, megahertz * 1e6);
  }
  return most > 0 ? Reading<double>(most) : Reading<double>(Presence::unknown);
}

Reading<unsigned> pcie_generation(std::string_view link_speed) {
  constexpr std::array<std::pair<std::string_view, unsigned>, 6> speeds = {
      {{"2.5 GT/s", 1}, {"5.0 GT/s", 2}, {"8.0 GT/s", 3}, {"16.0 GT/s", 4}, {"32.0 GT/s", 5}, {"64.0 GT/s", 6}}};
  for (const auto& [speed, generation] : speeds) {
    if (link_speed.starts_with(speed)) return generation;
  }
  return Presence::unknown;
}

}  // namespace vigie::gpu
