#include "keep/progress/progress_tracker.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "keep/progress/progress_pattern.hpp"
#include "keep/progress/progress_values.hpp"

namespace vigie::keep {
namespace {

using Kind = ProgressLine::Kind;

constexpr std::int64_t between_reads_ns = nanoseconds_per_second / 2;
constexpr std::int64_t measured_over_ns = 10 * nanoseconds_per_second;
constexpr std::int64_t between_bars_ns = 5 * nanoseconds_per_second;
constexpr int lines_above = 30;  ///< with the cursor's own: warnings and tables may be printed below a line of progress
constexpr int lines_below = 3;   ///< bars inside of others (tqdm's `position`) hang below the cursor
constexpr std::size_t longest_report = 512;

/// Characters, each taken for one column.
std::size_t length_of(std::string_view line) {
  return static_cast<std::size_t>(
      std::ranges::count_if(line, [](char c) { return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U; }));
}

constexpr std::size_t most_rows = 12;  ///< of a line that was wrapped

/// Whether it reaches the edge, so that it may go on in the row below.
bool is_full(const std::string& row, std::size_t columns) {
  return length_of(row) >= columns;
}

/// The rows from the upper one to the lower one. The lowest row comes first.
std::string joined(const std::vector<std::string>& rows, std::size_t upper, std::size_t lower) {
  std::string line;
  for (std::size_t row = upper + 1; row-- > lower;) line += rows[row];
  return line;
}

/// The last of the rows below into which a line was wrapped at the edge.
std::size_t last_row(const std::vector<std::string>& rows, std::size_t row, std::size_t columns) {
  std::size_t lower = row;
  while (lower > 0 && row - lower < most_rows && is_full(rows[lower], columns)) --lower;
  return lower;
}

bool is_bar(const ProgressLine& line) {
  return line.kind == Kind::steps && (line.progress.line.find("%|") != std::string::npos);
}

bool is_done(const Progress& progress) {
  return progress.step && progress.step == progress.total;
}

}  // namespace

ProgressTracker::ProgressTracker(int rows, int columns, std::string_view pattern) : screen_(rows, columns) {
  if (pattern.empty()) return;
  if (Result<Regex> regex = progress_pattern(pattern)) pattern_ = std::move(*regex);
}

void ProgressTracker::write(std::string_view bytes, std::int64_t wall_ns) {
  screen_.write(bytes);
  look_for_reports(bytes);
  dirty_ = true;
  written_wall_ns_ = wall_ns;
  if (wall_ns - read_wall_ns_ >= between_reads_ns || wall_ns < read_wall_ns_) read_screen(wall_ns);
}

/// The screen shows what was printed when the last output came, however late the call: a pause that goes on is none
/// yet, however often it is looked at.
const std::optional<Progress>& ProgressTracker::latest() {
  if (dirty_) read_screen(written_wall_ns_);
  return progress_;
}

void ProgressTracker::begin_attempt() {
  if (dirty_) read_screen(written_wall_ns_);
  step_wall_ns_ = 0;
  if (progress_) progress_->longest_gap_seconds.reset();
}

/// Reports are looked for in all bytes, not on the screen: they count however much is printed after them.
void ProgressTracker::look_for_reports(std::string_view bytes) {
  while (!bytes.empty()) {
    // Only the mark of a report, or a part of it, is kept of a line.
    const bool may_begin = begins_line_ || !line_.empty();
    const std::size_t end = bytes.find_first_of("\r\n");
    if (may_begin) {
      line_ += bytes.substr(0, std::min(end, longest_report));
      const std::size_t compared = std::min(line_.size(), reported_mark.size());
      if (line_.size() > longest_report || line_.substr(0, compared) != reported_mark.substr(0, compared))
        line_.clear();
    }
    begins_line_ = end != std::string_view::npos;
    if (!begins_line_) return;
    if (std::optional<Progress> report = parse_reported(line_)) {
      report->line = line_;
      reported_ = std::move(report);
      reports_ = true;
    }
    line_.clear();
    bytes.remove_prefix(end + 1);
    // In a flood the search for the mark skips all lines that do not begin with it.
    if (bytes.empty() || bytes.front() == reported_mark.front()) continue;
    std::size_t next = bytes.find(reported_mark);
    while (next != std::string_view::npos && bytes[next - 1] != '\n' && bytes[next - 1] != '\r')
      next = bytes.find(reported_mark, next + 1);
    if (next == std::string_view::npos) {
      const std::size_t last = bytes.find_last_of("\r\n");
      next = last == std::string_view::npos ? 0 : last + 1;
    }
    bytes.remove_prefix(next);
  }
}

std::optional<ProgressLine> ProgressTracker::read_line(const std::string& line) const {
  if (!pattern_) return parse_progress(line);
  std::optional<Progress> found = parse_with(*pattern_, line);
  if (!found) return std::nullopt;
  return ProgressLine{.progress = std::move(*found)};
}

/// Reads the row with the parts that were wrapped at the edge. When the row says something by itself, they are in the
/// rows below it, otherwise in those above. Moves `row` to the first one of the line.
std::optional<ProgressLine> ProgressTracker::read_row(const std::vector<std::string>& rows, std::size_t& row,
                                                      bool below_says_more) const {
  const auto columns = static_cast<std::size_t>(screen_.columns());
  std::string line = rows[row].substr(0, rows[row].find_last_not_of(' ') + 1);
  std::optional<ProgressLine> found = read_line(line);
  std::size_t first = row;
  while (first + 1 < rows.size() && first - row < most_rows && is_full(rows[first + 1], columns)) {
    const std::optional<ProgressLine> above = read_line(rows[first + 1]);
    if (above && (above->progress.step || above->kind != Kind::steps)) break;  // a line of its own
    ++first;
  }
  const std::size_t upper = found ? first : row;
  const std::size_t lower = below_says_more ? row : last_row(rows, row, columns);
  if (upper != lower) {
    std::string whole = joined(rows, upper, lower);
    std::optional<ProgressLine> all = read_line(whole);
    if (all && (!found || !found->progress.step || all->progress.step == found->progress.step)) {
      found = std::move(all);
      line = std::move(whole);
      row = upper;
    }
  }
  if (found) found->progress.line = std::move(line);
  return found;
}

/// Lines of progress, the lowest first: those of inner loops. A line that was wrapped at the edge is read as a whole,
/// except where the rows are lines of their own: a bar may fill its whole row.
std::vector<ProgressLine> ProgressTracker::lines_on_screen() {
  const std::vector<std::string> rows = screen_.now().lines_up_from_cursor(lines_above + lines_below, lines_below);
  std::vector<ProgressLine> lines;
  bool below_says_more = false;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    std::optional<ProgressLine> found = read_row(rows, i, below_says_more);
    below_says_more = found.has_value();
    if (!found) continue;
    lines.push_back(std::move(*found));
    const ProgressLine& last = lines.back();  // says all that there is to know?
    if (last.kind == Kind::steps && !last.aside && last.progress.epoch && has_measured(last.progress)) break;
  }
  return lines;
}

/// The epoch that a heading or a bar above the chosen line says. A heading that scrolled away holds until steps begin
/// anew.
void ProgressTracker::note_heading(const std::vector<ProgressLine>& lines, std::size_t chosen) {
  const auto above =
      std::find_if(lines.begin() + static_cast<std::ptrdiff_t>(chosen), lines.end(),
                   [](const auto& line) { return line.kind == Kind::heading || line.kind == Kind::epoch_bar; });
  if (above == lines.end()) {
    const std::optional<std::uint64_t>& step = lines[chosen].progress.step;
    if (progress_ && step && progress_->step && *step < *progress_->step) heading_.reset();
    return;
  }
  heading_.emplace();
  heading_->epoch = above->progress.epoch;
  heading_->epochs = above->progress.epochs;
  if (above->kind == Kind::epoch_bar) {
    heading_->epoch = std::min(*above->progress.step + 1, *above->progress.total);
    heading_->epochs = above->progress.total;
  }
}

std::optional<Progress> ProgressTracker::chosen_of(std::vector<ProgressLine>& lines) {
  const std::vector<ProgressLine> all = lines;
  // If a program has shown nothing else, bars of a validation are its progress, but not those that were done at once.
  const bool trains = counts_steps_ || std::ranges::any_of(lines, [](const ProgressLine& line) {
                        return line.kind == Kind::steps && !line.aside;
                      });
  std::erase_if(lines, [&](const ProgressLine& line) {
    return (line.kind == Kind::epoch_line && counts_steps_) ||
           (line.aside && (trains || (!progress_ && is_done(line.progress))));
  });
  const auto first = outer_of(lines);
  std::vector<ProgressLine> asides = all;
  asides.insert(asides.end(), lines.begin(), first);
  note_asides(asides);
  if (first == lines.end()) return std::nullopt;
  if (first->kind == Kind::heading) return counts_steps_ ? std::nullopt : std::optional(first->progress);
  auto chosen = first;
  // The bar over epochs may stand below the one over steps.
  if (first->kind == Kind::epoch_bar && first + 1 != lines.end() && (first + 1)->kind == Kind::steps &&
      !is_done((first + 1)->progress))
    chosen = first + 1;
  if (chosen->kind == Kind::epoch_bar) {
    // Between two epochs the bar of the steps is gone for a moment, and the one of the epochs stands alone.
    if (counts_steps_ && progress_ && progress_->epochs && written_wall_ns_ - seen_wall_ns_ < between_bars_ns)
      return std::nullopt;
    return chosen->progress;
  }
  if (chosen->kind == Kind::steps && !chosen->aside) counts_steps_ = true;
  note_heading(lines, static_cast<std::size_t>(first - lines.begin()));
  Progress progress = std::move(chosen->progress);
  if (!progress.epoch && heading_ && chosen->kind == Kind::steps) {
    progress.epoch = heading_->epoch;
    progress.epochs = heading_->epochs;
  }
  fill_in(progress, all);
  return progress;
}

/// A validation that goes on is no pause of the training, which stands still for it.
void ProgressTracker::note_asides(const std::vector<ProgressLine>& lines) {
  std::string counts;
  for (const ProgressLine& line : lines) {
    if (!line.aside) continue;
    counts += std::to_string(line.progress.step.value_or(0)) + "/" + std::to_string(line.progress.total.value_or(0)) +
              " " + std::to_string(line.progress.percent.value_or(0)) + ";";
  }
  if (counts == asides_) return;
  asides_ = std::move(counts);
  if (asides_.empty() || !progress_ || !counts_steps_) return;
  progress_->wall_ns = step_wall_ns_ = written_wall_ns_;
}

/// The lowest line that tells of more than an epoch. If it is a bar inside of one that counts steps by itself, like the
/// validation of Hugging Face's trainer, the outer one. A heading where there is no other.
std::vector<ProgressLine>::iterator ProgressTracker::outer_of(std::vector<ProgressLine>& lines) {
  const auto first = std::ranges::find_if(lines, [](const auto& line) { return line.kind != Kind::heading; });
  if (first == lines.end()) return lines.begin();
  const auto outer = first + 1;
  const bool nested = is_bar(*first) && outer != lines.end() && is_bar(*outer) && first->progress.total &&
                      outer->progress.total && outer->progress.total != first->progress.total &&
                      !is_done(outer->progress) && !first->progress.epoch;
  if (!nested) {
    const std::uint64_t total = first->progress.total.value_or(0);
    if (!is_bar(*first) || total != alone_total_) alone_moves_ = 0;
    if (progress_ && progress_->step != first->progress.step) ++alone_moves_;
    alone_total_ = total;
    return first;
  }
  constexpr int enough_moves = 3;
  const bool counts_itself = *outer->progress.total == alone_total_ && alone_moves_ >= enough_moves;
  if (*outer->progress.total < *first->progress.total && !counts_itself) return first;
  first->aside = true;
  return outer;
}

/// Adds what the chosen line leaves out and another one says of the same steps: a bar below a line of losses,
/// DeepSpeed's "step=35, skipped=0" below Megatron's line.
void ProgressTracker::fill_in(Progress& progress, const std::vector<ProgressLine>& lines) const {
  const auto goes_on = [&](const Progress& other) {
    const bool same_loop = !progress.total || progress.total == other.total;
    return progress.step && other.step && *other.step <= *progress.step && same_loop &&
           (!other.total || *progress.step <= *other.total) &&
           (!progress.epoch || !other.epoch || progress.epoch == other.epoch);
  };
  const Progress* donor = nullptr;
  for (const ProgressLine& line : lines) {
    const bool of_it = line.kind == Kind::epoch_line || (line.kind == Kind::steps && goes_on(line.progress));
    if (donor == nullptr && !line.aside && of_it && has_measured(line.progress)) donor = &line.progress;
  }
  if (donor == nullptr && progress_ && goes_on(*progress_)) donor = &*progress_;
  if (donor == nullptr) return;
  if (!has_measured(progress)) {
    for (const auto& [name, value] : donor->metrics) progress.metrics.emplace(name, value);
  }
  if (!goes_on(*donor)) return;
  if (!progress.total && donor->total && progress.unit == donor->unit) {
    progress.total = donor->total;
    if (!progress.rate_per_second) progress.rate_per_second = donor->rate_per_second;
  }
  if (!progress.epoch && donor->epoch) {
    progress.epoch = donor->epoch;
    progress.epochs = donor->epochs;
  }
}

void ProgressTracker::read_screen(std::int64_t wall_ns) {
  dirty_ = false;
  read_wall_ns_ = wall_ns;
  if (reports_) {
    if (std::optional<Progress> report = std::exchange(reported_, std::nullopt)) accept(std::move(*report));
    return;
  }
  std::vector<ProgressLine> lines = lines_on_screen();
  std::optional<Progress> chosen = chosen_of(lines);
  if (!chosen) return;
  accept(std::move(*chosen));
}

/// It was seen when the program last wrote: a client that asks later does not make it younger.
void ProgressTracker::accept(Progress progress) {
  seen_wall_ns_ = written_wall_ns_;
  if (progress_ && progress_->line == progress.line && progress_->epoch == progress.epoch &&
      progress_->metrics == progress.metrics)
    return;
  progress.wall_ns = written_wall_ns_;
  measure(progress);
  measure_gap(progress);
  progress_ = std::move(progress);
}

/// The usual time between two steps tells a pause from a hang.
void ProgressTracker::measure_gap(Progress& progress) {
  if (progress_) progress.longest_gap_seconds = progress_->longest_gap_seconds;
  const bool moved = !progress_ || progress.step != progress_->step || progress.epoch != progress_->epoch ||
                     progress.percent != progress_->percent;
  if (!moved) {
    progress.wall_ns = progress_->wall_ns;
    return;
  }
  if (step_wall_ns_ > 0 && progress.wall_ns > step_wall_ns_) {
    const double gap = static_cast<double>(progress.wall_ns - step_wall_ns_) / nanoseconds_per_second;
    progress.longest_gap_seconds = std::max(progress.longest_gap_seconds.value_or(0), gap);
  }
  step_wall_ns_ = progress.wall_ns;
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

}  // namespace vigie::keep
