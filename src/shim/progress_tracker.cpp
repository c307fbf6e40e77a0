#include "shim/progress_tracker.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "shim/progress.hpp"
#include "shim/progress_words.hpp"

namespace vigie::shim {
namespace {

constexpr std::int64_t between_reads_ns = nanoseconds_per_second / 2;
constexpr std::int64_t measured_over_ns = 10 * nanoseconds_per_second;
constexpr std::int64_t between_bars_ns = 5 * nanoseconds_per_second;
constexpr int lines_above = 5;  ///< with the cursor's own: a bar may stand above lines printed below it
constexpr int lines_below = 3;  ///< bars inside of others (tqdm's `position`) hang below the cursor

/// Bars, the lowest first: those of inner loops.
std::vector<Progress> bars_of(const std::vector<std::string>& lines) {
  std::vector<Progress> bars;
  for (const std::string& line : lines) {
    std::optional<Progress> found = parse_progress(line);
    if (!found) found = parse_progress_words(line);
    if (!found) continue;
    found->line = line;
    bars.push_back(std::move(*found));
  }
  return bars;
}

/// Whether what it counts are epochs: "Epoch:  30%|###       | 3/10".
bool counts_epochs(const Progress& bar) {
  const std::size_t word = bar.line.find("poch");
  return !bar.epoch && bar.step && bar.total && word != std::string::npos && word < bar.line.find('%');
}

}  // namespace

void ProgressTracker::write(std::string_view bytes, std::int64_t wall_ns) {
  screen_.write(bytes);
  dirty_ = true;
  written_wall_ns_ = wall_ns;
  if (wall_ns - read_wall_ns_ >= between_reads_ns || wall_ns < read_wall_ns_) read_screen(wall_ns);
}

/// What stands there was printed when the last output came, whenever somebody asks for it: a pause that goes on is none
/// yet, however often it is looked at.
const std::optional<Progress>& ProgressTracker::latest() {
  if (dirty_) read_screen(written_wall_ns_);
  return progress_;
}

void ProgressTracker::read_screen(std::int64_t wall_ns) {
  dirty_ = false;
  read_wall_ns_ = wall_ns;
  std::vector<Progress> bars = bars_of(screen_.now().lines_up_from_cursor(lines_above + lines_below, lines_below));
  if (bars.empty()) return;
  const auto chosen = bars.begin();
  const auto epochs = std::find_if(chosen + 1, bars.end(), counts_epochs);
  if (epochs != bars.end() && !chosen->epoch) {
    chosen->epoch = std::min(*epochs->step + 1, *epochs->total);
    chosen->epochs = epochs->total;
  }
  // Between two epochs the bar of the steps is gone for a moment, and the one of the epochs stands alone.
  const bool was_inside = progress_ && progress_->epochs && !counts_epochs(*progress_);
  if (counts_epochs(*chosen) && was_inside && wall_ns - progress_->wall_ns < between_bars_ns) return;
  if (progress_ && progress_->line == chosen->line && progress_->epoch == chosen->epoch) return;
  chosen->wall_ns = wall_ns;
  measure(*chosen);
  measure_gap(*chosen);
  progress_ = std::move(*chosen);
}

/// How long it may pause between two steps is what tells a pause from a hang.
void ProgressTracker::measure_gap(Progress& progress) {
  progress.step_wall_ns = step_wall_ns_;
  if (progress_) progress.longest_gap_seconds = progress_->longest_gap_seconds;
  const bool moved = !progress_ || progress.step != progress_->step || progress.epoch != progress_->epoch;
  if (!moved) return;
  if (step_wall_ns_ > 0 && progress.wall_ns > step_wall_ns_) {
    const double gap = static_cast<double>(progress.wall_ns - step_wall_ns_) / nanoseconds_per_second;
    progress.longest_gap_seconds = std::max(progress.longest_gap_seconds.value_or(0), gap);
  }
  progress.step_wall_ns = step_wall_ns_ = progress.wall_ns;
}

void ProgressTracker::measure(Progress& progress) {
  if (!progress.step) return;
  const Point here{progress.wall_ns, *progress.step};
  if (!points_.empty() && (here.step < points_.back().step || here.wall_ns < points_.back().wall_ns)) points_.clear();
  points_.push_back(here);
  while (points_.size() > 2 && here.wall_ns - points_.front().wall_ns > measured_over_ns) points_.pop_front();
  const Point& first = points_.front();
  if (here.wall_ns - first.wall_ns < nanoseconds_per_second) return;
  progress.measured_rate_per_second = static_cast<double>(here.step - first.step) /
                                      (static_cast<double>(here.wall_ns - first.wall_ns) / nanoseconds_per_second);
}

}  // namespace vigie::shim
