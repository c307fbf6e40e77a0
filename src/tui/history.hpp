// What this vigie top has seen, so that it can be looked at again: every frame for as long as there is room, and the
// moments of a longer time for graphs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "model/frame.hpp"
#include "tui/moment.hpp"
#include "tui/saved_recording.hpp"
#include "tui/window.hpp"

namespace vigie::tui {

/// Frames have numbers in the order in which they came, from 0 on. One thread.
class History {
 public:
  /// Snapshots take so many bytes at most, packed as recordings are; the oldest are forgotten.
  explicit History(std::size_t most_bytes) : most_bytes_(most_bytes) {}

  void add(std::shared_ptr<const Frame> frame);

  [[nodiscard]] bool empty() const { return newest_ == nullptr; }
  /// The first and the last one that can be shown. Not of an empty history.
  [[nodiscard]] std::uint64_t oldest() const { return newest() - (frames_.empty() ? 0 : frames_.size() - 1); }
  [[nodiscard]] std::uint64_t newest() const { return added_ - 1; }

  /// The time until that frame, as it was seen then; until the newest one without a number. What can no longer be shown
  /// is the oldest that can. Its frame is nullptr when the history is empty. It refers to the history until the next
  /// add().
  [[nodiscard]] Window until(std::optional<std::uint64_t> number = {}) const;

  /// The first frame that can be shown and is not before that second; nothing: the time is before the oldest or after
  /// the newest. Not of an empty history.
  [[nodiscard]] std::optional<std::uint64_t> at(std::int64_t wall_ns) const;
  /// "2026-11-30 03:12:05 to 2026-11-30 04:12:05": the times that can be shown. Not of an empty history.
  [[nodiscard]] std::string span() const;
  /// When the newest frame was taken. Not of an empty history.
  [[nodiscard]] std::int64_t newest_wall_ns() const { return moments_.back().wall_ns; }

  /// All that can be shown, as a recording holds it; or that frame alone. The first of them is the one before, which
  /// rates are made of, where it is known.
  [[nodiscard]] std::vector<PackedSnapshot> snapshots(std::optional<std::uint64_t> only = {}) const;

 private:
  struct Packed {
    PackedSnapshot snapshot;
    std::vector<Finding> findings;
    std::vector<TooEarly> too_early;
    std::vector<Suspicion> suspicions;
  };

  void forget_what_has_no_room();
  [[nodiscard]] const PackedSnapshot& before(std::size_t at) const;
  /// Of the frames that can be shown, oldest first.
  [[nodiscard]] std::span<const Moment> shown_moments() const;
  [[nodiscard]] std::shared_ptr<const Frame> frame(std::uint64_t number) const;
  [[nodiscard]] std::shared_ptr<const Frame> unpacked(std::uint64_t number) const;

  std::size_t most_bytes_;
  std::size_t bytes_ = 0;
  std::uint64_t added_ = 0;
  std::uint64_t first_moment_ = 0;  ///< the number of the first of these
  std::deque<Packed> frames_;
  PackedSnapshot before_oldest_;  ///< nullptr: not known
  std::vector<Moment> moments_;
  std::shared_ptr<const Frame> newest_;
  mutable std::shared_ptr<const Frame> past_;  ///< the one that was unpacked last
  mutable std::uint64_t past_number_ = 0;
};

}  // namespace vigie::tui
