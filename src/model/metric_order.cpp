#include "model/metric_order.hpp"

#include <algorithm>
#include <cctype>
#include <cmath>

namespace vigie {
namespace {

std::string lowered(std::string_view text) {
  std::string low(text);
  std::ranges::transform(low, low.begin(), [](unsigned char c) { return c == ' ' ? '_' : std::tolower(c); });
  return low;
}

int rank_of(std::string_view name) {
  constexpr std::string_view totals[] = {"total_loss", "loss/total", "train_loss", "tr_loss", "lm_loss",
                                         "avg_loss",   "avr_loss",   "train/loss", "tot_loss"};
  constexpr std::string_view measured[] = {"loss", "acc", "ppl", "error", "reward", "score", "psnr", "map"};
  const std::string low = lowered(name);
  if (low == "loss") return 0;
  if (std::ranges::find(totals, low) != std::end(totals)) return 1;
  if (low == "lr" || low.find("learning_rate") != std::string::npos || low.ends_with("/lr")) return 3;
  const bool is = std::ranges::any_of(measured, [&](auto part) { return low.find(part) != std::string::npos; });
  return is && low.find("scale") == std::string::npos ? 2 : 4;
}

}  // namespace

std::vector<std::pair<std::string, double>> foremost_first(const std::map<std::string, double>& metrics) {
  std::vector<std::pair<std::string, double>> ordered(metrics.begin(), metrics.end());
  std::ranges::stable_sort(ordered, {}, [](const auto& metric) { return rank_of(metric.first); });
  return ordered;
}

void keep_foremost(std::map<std::string, double>& metrics, std::size_t most) {
  if (metrics.size() <= most) return;
  const std::vector<std::pair<std::string, double>> ordered = foremost_first(metrics);
  metrics = {ordered.begin(), ordered.begin() + static_cast<std::ptrdiff_t>(most)};
}

std::string_view text_of_not_finite(double value) {
  return std::isnan(value) ? "nan" : value > 0 ? "inf" : "-inf";
}

}  // namespace vigie
