// The time that a screen shows: one frame, and the moments before it.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>

#include "model/frame.hpp"
#include "tui/graph.hpp"
#include "tui/moment.hpp"

namespace vigie::tui {

/// Refers to moments that others own.
struct Window {
  std::shared_ptr<const Frame> frame;  ///< what is shown; never nullptr
  std::span<const Moment> moments;     ///< oldest first; the last one is that of the frame
  std::uint64_t first = 0;             ///< moments that there were before these: GraphWish::first
  bool past = false;                   ///< it is not now: nothing may be acted on
  std::string late = {};               ///< why the frame is older than it should be, a clause; empty: it is not

  /// What `value` (const Moment& → Reading<double>) says of each moment.
  template <class Value>
  [[nodiscard]] Series series(Value value) const {
    Series all;
    all.reserve(moments.size());
    for (const Moment& moment : moments) all.push_back(value(moment));
    return all;
  }
  /// The same of a part of each moment that may be missing (`moment.gpu(pci)`): it is unknown then.
  template <class Find, class Part>
  [[nodiscard]] Series series_of(Find find, Reading<double> Part::* value) const {
    return series([&](const Moment& moment) -> Reading<double> {
      const Part* const part = find(moment);
      return part == nullptr ? Reading<double>(Presence::unknown) : part->*value;
    });
  }
};

}  // namespace vigie::tui
