// Looking at the host for an exercise: its runs, other processes of the user, tmux, the checkpoint.
#pragma once

#include <memory>
#include <optional>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/root.hpp"
#include "feed/feed.hpp"
#include "lab/exercise.hpp"

namespace vigie::act {

class LabObserver {
 public:
  explicit LabObserver(const lab::Exercise& exercise);

  /// One look. Adds the pids of the scene to the memory, for its texts.
  Result<lab::Sight> look(lab::Memory& memory);

 private:
  Result<void> add_actors(const Frame& frame, lab::Memory& memory, lab::Sight& sight) const;

  const lab::Exercise& exercise_;
  std::optional<Root> root_;
  std::unique_ptr<LiveFeed> feed_;
  Instant last_;
};

}  // namespace vigie::act
