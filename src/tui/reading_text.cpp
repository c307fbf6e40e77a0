#include "tui/reading_text.hpp"

#include <variant>

#include <fmt/format.h>

#include "base/units.hpp"

namespace vigie::tui {
namespace {

template <class Write>
std::string text_of(const Reading<double>& reading, Write write) {
  if (!reading) return std::string(absence_text(reading.presence()));
  return (reading.presence() == Presence::stale ? "~" : "") + write(*reading);
}

}  // namespace

std::string_view absence_text(Presence presence) {
  switch (presence) {
    case Presence::known:
    case Presence::stale: return "";
    case Presence::denied: return "denied";
    case Presence::unsupported: return "n/a";
    case Presence::first_sight: return "…";
    case Presence::not_read: return "·";
    case Presence::unknown:
    case Presence::went_backwards: return "?";
  }
  return "?";
}

Reading<double> share_of(const Reading<double>& percent) {
  if (!percent) return percent;
  return *percent / 100;
}

Reading<double> as_double(const Reading<std::uint64_t>& number) {
  if (!number) return number.presence();
  const auto value = static_cast<double>(*number);
  return number.presence() == Presence::stale ? Reading<double>::stale(value) : Reading<double>(value);
}

std::string percent_text(const Reading<double>& percent) {
  return text_of(percent, [](double value) { return fmt::format("{:.0f}%", value); });
}

std::string bytes_text(const Reading<double>& bytes, std::string_view after) {
  return text_of(bytes, [&](double value) { return human_bytes(value) + std::string(after); });
}

std::string cell_text(const Metric& metric, const format::Cell& cell) {
  if (const auto* const absent = std::get_if<Presence>(&cell)) return std::string(absence_text(*absent));
  return format::human(metric, cell);
}

bool is_nothing(const Metric& metric, const format::Cell& cell) {
  constexpr double least_shown = 0.05;
  if (metric.kind == Kind::label) return false;
  const auto* const real = std::get_if<double>(&cell);
  const auto* const integer = std::get_if<std::int64_t>(&cell);
  return (real != nullptr && *real < least_shown) || (integer != nullptr && *integer == 0);
}

bool is_right_aligned(const Metric& metric) {
  return metric.unit != Unit::none && metric.unit != Unit::time;
}

}  // namespace vigie::tui
