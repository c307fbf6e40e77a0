#include <charconv>
#include <cmath>

#include "sources/sys/lines.hpp"
#include "sources/sys/parse.hpp"

namespace vigie::sys {
namespace {

Reading<double> decimal(std::string_view word) {
  double value = 0;
  if (std::from_chars(word.data(), word.data() + word.size(), value).ec != std::errc{}) return Presence::unknown;
  if (!std::isfinite(value) || value < 0) return Presence::unknown;
  return value;
}

PressureLine parse_pressure_line(Words& words) {
  PressureLine result;
  for (std::string_view word = words.next(); !word.empty(); word = words.next()) {
    const std::size_t equals = word.find('=');
    if (equals == std::string_view::npos) continue;
    const std::string_view name = word.substr(0, equals);
    const std::string_view value = word.substr(equals + 1);
    if (name == "avg10") result.avg10 = decimal(value).value_or(0);
    if (name == "avg60") result.avg60 = decimal(value).value_or(0);
    if (name == "avg300") result.avg300 = decimal(value).value_or(0);
    if (name == "total") std::from_chars(value.data(), value.data() + value.size(), result.total_us);
  }
  return result;
}

}  // namespace

void parse_loadavg(std::string_view text, HostSample& host) {
  std::string_view line;
  take_line(text, line);
  Words words(line);
  host.load1 = decimal(words.next());
  host.load5 = decimal(words.next());
  host.load15 = decimal(words.next());
  const std::string_view counts = words.next();
  const std::size_t slash = counts.find('/');
  host.tasks = Presence::unknown;
  if (slash == std::string_view::npos) return;
  Words running(counts.substr(0, slash));
  Words all(counts.substr(slash + 1));
  const TaskCounts tasks{.runnable = running.number(), .total = all.number()};
  if (running.good() && all.good()) host.tasks = tasks;
}

Reading<Pressure> parse_pressure(std::string_view text) {
  Pressure pressure;
  bool known = false;
  std::string_view line;
  while (take_line(text, line)) {
    Words words(line);
    const std::string_view kind = words.next();
    if (kind != "some" && kind != "full") continue;
    (kind == "some" ? pressure.some : pressure.full) = parse_pressure_line(words);
    known = true;
  }
  if (!known) return Presence::unknown;
  return pressure;
}

}  // namespace vigie::sys
