// Frames of a recording, for vigie top --replay.
#pragma once

#include <memory>
#include <string>

#include "base/fd.hpp"
#include "feed/replay_feed.hpp"
#include "tui/frames.hpp"

namespace vigie::tui {

class RecordedFrames final : public Frames {
 public:
  /// At least so many seconds apart. Fails when the file is no recording.
  static Result<std::unique_ptr<RecordedFrames>> open(const std::string& path, double interval_seconds);

  [[nodiscard]] int fd() const override { return bell_.get(); }
  Result<std::shared_ptr<const Frame>> take() override;
  void pause(bool) override {}
  [[nodiscard]] std::string late() const override { return feed_.damage(); }
  [[nodiscard]] bool recorded() const override { return true; }

 private:
  explicit RecordedFrames(ReplayFeed feed);

  ReplayFeed feed_;
  Fd bell_;  ///< readable until the recording ends
  bool any_ = false, over_ = false;
};

}  // namespace vigie::tui
