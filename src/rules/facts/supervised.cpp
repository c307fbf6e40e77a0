#include "rules/facts/supervised.hpp"

#include <algorithm>

namespace vigie::rules {

const SupervisedSample* supervised_of(const Snapshot& snapshot, std::string_view run_id) {
  const auto found =
      std::ranges::find(snapshot.supervised, run_id, [](const SupervisedSample& one) { return one.record.id; });
  return found == snapshot.supervised.end() ? nullptr : &*found;
}

}  // namespace vigie::rules
