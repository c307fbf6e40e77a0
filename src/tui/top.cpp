#include "tui/top.hpp"

#include <poll.h>

#include <algorithm>
#include <optional>
#include <tuple>
#include <utility>
#include <vector>

#include "tui/keys.hpp"
#include "tui/moment.hpp"
#include "tui/whole.hpp"

namespace vigie::tui {
namespace {

constexpr int most_wait_ms = 1000;  // so that a late source is marked
constexpr std::size_t most_moments = 1800;

/// What a list of rows depends on beside the frame: while it is the same, keys move among the same rows.
auto list_key(const ViewState& state) {
  return std::make_tuple(state.screen, state.run, state.sort, state.ascending, state.tree, state.unfolded, state.filter,
                         state.search, state.user, state.kernel_threads, state.mode == Mode::help, state.seek);
}

class Top {
 public:
  Top(Display& display, Frames& frames, ViewState state)
      : display_(display), frames_(frames), state_(std::move(state)), picture_{.grid = Grid({})} {
    around_.remark = display.remark();
  }

  Result<void> run() {
    while (true) {
      RETURN_IF_ERROR(draw());
      wait();
      for (const Event& event : display_.events()) {
        take(event);
        if (closed_ || state_.quit) return {};
      }
      RETURN_IF_ERROR(take_frame());
    }
  }

 private:
  void wait() const {
    std::vector<pollfd> fds = display_.waits();
    fds.push_back({.fd = frames_.fd(), .events = POLLIN, .revents = 0});
    ::poll(fds.data(), fds.size(), most_wait_ms);
  }

  void take(const Event& event) {
    if (event.kind == Event::Kind::closed) closed_ = true;
    stale_ = true;
    if (event.kind != Event::Kind::key) return;
    const auto before = list_key(state_);
    const bool frozen = state_.frozen;
    around_.remark.clear();
    if (press(state_, event.key, picture_) == Wish::redraw) display_.redraw();
    if (frozen != state_.frozen) frames_.pause(state_.frozen);
    if (list_key(state_) != before) compute();
  }

  Result<void> take_frame() {
    ASSIGN_OR_RETURN(std::shared_ptr<const Frame> frame, frames_.take());
    const std::string late = frames_.late();
    if (late != late_) stale_ = true;
    late_ = late;
    if (frame == nullptr || state_.frozen) return {};
    frame_ = std::move(frame);
    moments_.push_back(moment_of(*frame_));
    if (moments_.size() >= 2 * most_moments) {
      const std::size_t gone = moments_.size() - most_moments;
      moments_.erase(moments_.begin(), moments_.begin() + static_cast<std::ptrdiff_t>(gone));
      forgotten_ += gone;
    }
    stale_ = true;
    return {};
  }

  void compute() {
    const Window window{.frame = frame_, .moments = moments_, .first = forgotten_, .late = late_};
    picture_ = draw_whole(window, state_, display_.size(), around_);
    if (settle(state_, picture_)) picture_ = draw_whole(window, state_, display_.size(), around_);
    state_.top = picture_.top;
    state_.reveal = false;
  }

  Result<void> draw() {
    if (!std::exchange(stale_, false)) return {};
    compute();
    return display_.show(picture_.grid);
  }

  Display& display_;
  Frames& frames_;
  ViewState state_;
  Around around_;
  Picture picture_;
  std::shared_ptr<const Frame> frame_;
  std::vector<Moment> moments_;
  std::uint64_t forgotten_ = 0;
  std::string late_;
  bool stale_ = true, closed_ = false;
};

}  // namespace

Result<void> run_top(Display& display, Frames& frames, ViewState state) {
  return Top(display, frames, std::move(state)).run();
}

}  // namespace vigie::tui
