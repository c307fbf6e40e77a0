// Frames of the live host from a thread of their own: a source that hangs delays no key.
#pragma once

#include <memory>

#include "base/root.hpp"
#include "feed/feed_options.hpp"
#include "tui/frames.hpp"

namespace vigie::tui {

/// What vigie top reads: judged as `vigie why` does while there are runs, the cheap rest without.
[[nodiscard]] FeedOptions wants_of_top(bool runs, double interval_seconds);

/// Whether runs are alive in it.
[[nodiscard]] bool has_live_runs(const Frame& frame);

class Sampler final : public Frames {
 public:
  /// `more`: what is read of every process beside what top always reads, for columns that the user chose.
  Sampler(const Root& root, double interval_seconds, proc::Fields more = {});
  /// Ends the thread; one that hangs in the kernel is left to the end of the program.
  ~Sampler() override;

  [[nodiscard]] int fd() const override;
  Result<std::shared_ptr<const Frame>> take() override;
  void pause(bool paused) override;
  [[nodiscard]] std::string late() const override;
  [[nodiscard]] std::string pace() const override;
  [[nodiscard]] std::optional<StepCost> step_cost() const override;

 private:
  struct Shared;
  std::shared_ptr<Shared> shared_;
};

}  // namespace vigie::tui
