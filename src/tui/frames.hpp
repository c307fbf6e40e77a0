// Where vigie top gets its frames from: a sampler of the live host, or a recording.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/result.hpp"
#include "model/frame.hpp"
#include "tui/own_cost.hpp"

namespace vigie::tui {

class Frames {
 public:
  Frames() = default;
  Frames(const Frames&) = delete;
  Frames& operator=(const Frames&) = delete;
  virtual ~Frames() = default;

  /// Readable when take() has something.
  [[nodiscard]] virtual int fd() const = 0;
  /// The newest frame, once; nullptr: there is none since the last call. Never waits. Errors: there will be none.
  virtual Result<std::shared_ptr<const Frame>> take() = 0;
  /// No frames are made until it is resumed.
  virtual void pause(bool paused) = 0;
  /// Why the newest frame is older than it should be, a clause; empty: it is not.
  [[nodiscard]] virtual std::string late() const = 0;
  /// Why frames are made less often than the user wants, a clause; empty: they are not.
  [[nodiscard]] virtual std::string pace() const { return {}; }
  /// What the newest frame took; nothing: it is not measured.
  [[nodiscard]] virtual std::optional<StepCost> step_cost() const { return {}; }
  /// They are of another time: none of them is now.
  [[nodiscard]] virtual bool recorded() const { return false; }
};

}  // namespace vigie::tui
