// The pattern of a training without a framework: steps that wait for loader workers, peaks of memory and CPU time in a
// worker, peaks of writing at checkpoints, a checkpoint at the end on request, and going on from it.
#include <unistd.h>

#include <atomic>
#include <filesystem>

#include <fmt/format.h>

#include "base/text.hpp"
#include "base/units.hpp"
#include "load/background.hpp"
#include "load/batch_worker.hpp"
#include "load/checkpoint.hpp"
#include "load/load.hpp"
#include "load/room.hpp"
#include "load/work.hpp"

namespace vigie::load {
namespace {

constexpr double usual_rate = 10;  // steps a second
constexpr std::uint64_t usual_peak = std::uint64_t{128} << 20;
constexpr std::uint64_t steps_between_checkpoints = 50;
constexpr double step_seconds = 0.02;  // of CPU time

struct Settings {
  double rate = usual_rate;
  unsigned workers = 2;
  std::uint64_t peak_bytes = 0;
  std::string checkpoint;  ///< absolute; empty: none is written
};

class Training final : public Load {
 public:
  Training(Settings settings, const Checkpoint& from) : settings_(std::move(settings)), state_(from) {
    step_ = from.step;
    state_.began_at = from.step;
    state_.before_pid = from.pid;
    state_.before_saved = from.saved;
    state_.pid = ::getpid();
  }

  std::string plan() const override {
    std::string text =
        fmt::format("{} steps like a training's, {} workers", state_.total - state_.began_at, settings_.workers);
    if (state_.began_at > 0) text += fmt::format(", going on from step {}", state_.began_at);
    return text;
  }

  Result<void> start() override {
    RETURN_IF_ERROR(workers_.start(settings_.workers, settings_.peak_bytes));
    RETURN_IF_ERROR(save("on the way"));
    return threads_.add([this](const std::stop_token& stop) { train(stop); });
  }

  /// As tqdm draws it: a tool that follows a training's progress follows this one's.
  std::string so_far() override {
    constexpr std::size_t width = 20;
    const std::uint64_t step = step_;
    const std::size_t full = state_.total == 0 ? width : width * step / state_.total;
    const double seconds = seconds_between(began_, now());
    const double rate = seconds > 0 ? static_cast<double>(step - state_.began_at) / seconds : 0;
    const double left = rate > 0 ? static_cast<double>(state_.total - step) / rate : 0;
    return fmt::format("{:3}%|{}{}| {}/{} [{}<{}, {:.2f}it/s]", state_.total == 0 ? 100 : 100 * step / state_.total,
                       std::string(full, '#'), std::string(width - full, ' '), step, state_.total, clock(seconds),
                       rate > 0 ? clock(left) : "?", rate);
  }
  std::vector<std::pair<std::string, double>> amounts() override {
    return {{"step", static_cast<double>(step_.load())},
            {"total", static_cast<double>(state_.total)},
            {"began_at", static_cast<double>(state_.began_at)}};
  }
  std::optional<Error> trouble() override { return trouble_.get(); }
  bool finished() override { return step_ >= state_.total; }

  void about_to_end(const std::string& why) override {
    threads_.stop();
    if (Result<void> saved = save(why); !saved) trouble_.set(saved.error());
  }

 private:
  static std::string clock(double seconds) {
    const auto whole = static_cast<std::uint64_t>(seconds);
    return fmt::format("{:02}:{:02}", whole / 60, whole % 60);
  }

  void train(const std::stop_token& stop) {
    Pace pace(settings_.rate);
    while (!stop.stop_requested() && step_ < state_.total) {
      if (settings_.workers > 0 && workers_.left() == 0)
        return trouble_.set({.message = "every loader worker has ended: there are no more batches"});
      if (settings_.workers > 0 && !workers_.take()) continue;
      compute_for(step_seconds);
      ++step_;
      if (step_ % steps_between_checkpoints == 0) {
        if (Result<void> saved = save("on the way"); !saved) return trouble_.set(saved.error());
      }
      pace.done(stop, 1);
    }
  }

  Result<void> save(const std::string& why) {
    if (settings_.checkpoint.empty()) return {};
    Checkpoint checkpoint = state_;
    checkpoint.step = step_;
    checkpoint.saved = why;
    return write_checkpoint(settings_.checkpoint, checkpoint);
  }

  Settings settings_;
  Checkpoint state_;  ///< as this process began, but for `step`
  Instant began_ = now();
  std::atomic<std::uint64_t> step_ = 0;
  Trouble trouble_;
  BatchWorkers workers_;
  Background threads_;
};

}  // namespace

Result<std::unique_ptr<Load>> make_training(const Request& request, const Room& room, Leftovers& /*leftovers*/) {
  Settings settings;
  settings.rate = request.rate.value_or(usual_rate);
  settings.workers = request.count.value_or(2);
  if (settings.workers > 64) return fail("load training has 64 workers at most", ErrorKind::usage);
  if (settings.rate > 1000) return fail("load training does 1000 steps a second at most", ErrorKind::usage);
  RETURN_IF_ERROR(bounded_tasks(settings.workers + 1, 3, room));
  ASSIGN_OR_RETURN(settings.peak_bytes, bounded_memory(request.size_bytes, usual_peak, room));
  Checkpoint from;
  from.total = std::max<std::uint64_t>(1, static_cast<std::uint64_t>(settings.rate * request.seconds));
  if (!request.checkpoint.empty()) {
    settings.checkpoint = std::filesystem::absolute(request.checkpoint).string();
    ASSIGN_OR_RETURN(std::optional<Checkpoint> before, read_checkpoint(settings.checkpoint));
    if (before) from = *before;
    if (before && from.step >= from.total)
      return fail(
          fmt::format("the training of {} is finished: remove it to begin anew", safe_text(request.checkpoint)));
  }
  return std::make_unique<Training>(std::move(settings), from);
}

}  // namespace vigie::load
