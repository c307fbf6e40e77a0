#include "tui/recorded_frames.hpp"

#include <sys/eventfd.h>

#include <optional>
#include <utility>

#include "tui/sampler.hpp"

namespace vigie::tui {

RecordedFrames::RecordedFrames(ReplayFeed feed)
    : feed_(std::move(feed)), bell_(::eventfd(1, EFD_NONBLOCK | EFD_CLOEXEC)) {}

Result<std::unique_ptr<RecordedFrames>> RecordedFrames::open(const std::string& path, double interval_seconds) {
  ASSIGN_OR_RETURN(ReplayFeed feed, ReplayFeed::open(path, wants_of_top(true, interval_seconds)));
  return std::unique_ptr<RecordedFrames>(new RecordedFrames(std::move(feed)));
}

Result<std::shared_ptr<const Frame>> RecordedFrames::take() {
  if (over_) return nullptr;
  ASSIGN_OR_RETURN(std::optional<Frame> frame, feed_.next());
  if (frame) {
    any_ = true;
    return std::make_shared<const Frame>(std::move(*frame));
  }
  over_ = true;
  eventfd_t count = 0;
  ::eventfd_read(bell_.get(), &count);
  if (!any_ && !feed_.damage().empty()) return fail(feed_.damage());
  if (!any_) return fail("the recording holds fewer than two snapshots: there is no rate to show");
  return nullptr;
}

}  // namespace vigie::tui
