#include "model/catalogue.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <set>

namespace vigie {
namespace {

/// The unit that the end of a name promises; a longer end stands before its own end.
std::optional<Unit> promised(std::string_view name) {
  constexpr std::pair<std::string_view, Unit> ends[] = {{"_bytes_per_second", Unit::bytes_per_second},
                                                        {"_per_second", Unit::per_second},
                                                        {"_bytes", Unit::bytes},
                                                        {"_milliseconds", Unit::milliseconds},
                                                        {"_microseconds", Unit::microseconds},
                                                        {"_seconds", Unit::seconds},
                                                        {"_percent", Unit::percent},
                                                        {"_watts", Unit::watts},
                                                        {"_joules", Unit::joules},
                                                        {"_celsius", Unit::celsius},
                                                        {"_hertz", Unit::hertz},
                                                        {"_time", Unit::time}};
  for (const auto& [end, unit] : ends) {
    if (name.ends_with(end)) return unit;
  }
  return std::nullopt;
}

TEST(Catalogue, EveryUnitIsTheOneThatTheNameSays) {
  for (const Metric& one : all_metrics()) {
    if (const std::optional<Unit> unit = promised(one.name)) EXPECT_EQ(one.unit, *unit) << one.name;
  }
}

TEST(Catalogue, AUnitThatIsMeasuredInIsPartOfTheName) {
  const std::set<std::string_view> without = {"receive_queue", "send_queue", "since"};  // older than this rule
  for (const Metric& one : all_metrics()) {
    if (one.unit == Unit::none || one.unit == Unit::count || without.contains(one.name)) continue;
    EXPECT_TRUE(promised(one.name).has_value()) << one.name;
  }
}

TEST(Catalogue, EveryMetricSaysWhatItIs) {
  for (const Metric& one : all_metrics()) {
    EXPECT_FALSE(one.title.empty()) << one.name;
    EXPECT_FALSE(one.help.empty()) << one.name;
    EXPECT_EQ(find_metric(one.name), &one);
  }
}

TEST(Catalogue, OnlyAnAmountIsCountedAndOnlyANumberMoves) {
  for (const Metric& one : all_metrics()) {
    const bool amount = one.unit == Unit::count || one.unit == Unit::bytes || one.unit == Unit::seconds ||
                        one.unit == Unit::milliseconds || one.unit == Unit::joules;
    if (one.kind == Kind::counter) EXPECT_TRUE(amount) << one.name;
    if (one.kind == Kind::label) EXPECT_TRUE(one.unit == Unit::none || one.unit == Unit::count) << one.name;
  }
  EXPECT_EQ(metric("cpu_seconds").kind, Kind::counter);
  EXPECT_EQ(metric("cpu_percent").kind, Kind::gauge);
  EXPECT_EQ(metric("pid").kind, Kind::label);
}

}  // namespace
}  // namespace vigie
