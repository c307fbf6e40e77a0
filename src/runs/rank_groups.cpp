#include "runs/rank_groups.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <tuple>

#include "model/ancestors.hpp"
#include "runs/programs.hpp"

namespace vigie {
namespace {

/// A rank whose parent is of another rank, or of none; and what is above it, the nearest first.
struct Top {
  std::size_t process = 0;
  std::vector<std::size_t> above = {};
};

/// What ranks of one run have in common beside their origin.
using Kind = std::tuple<std::optional<uid_t>, std::string, std::string>;

Kind kind_of(const ProcessSample& process) {
  return {process.uid ? std::optional(*process.uid) : std::nullopt, process.variables->world_size,
          script_name(process)};
}

class Groups {
 public:
  Groups(const Snapshot& snapshot, std::span<const int> run_of) : snapshot_(snapshot), run_of_(run_of) {
    for (std::size_t i = 0; i < snapshot.processes.size(); ++i) {
      if (is_free_rank(i)) add_top(i);
    }
  }

  std::vector<RankGroup> take() {
    std::vector<RankGroup> groups;
    for (auto& [kind, tops] : tops_) {
      if (tops.size() < 2) continue;
      std::map<std::size_t, std::vector<std::size_t>> below;  // by what they have in common
      for (const Top& top : tops) {
        if (const std::optional<std::size_t> origin = origin_of(top, tops)) below[*origin].push_back(top.process);
      }
      for (auto& [origin, ranks] : below) add_group(origin, std::move(ranks), groups);
    }
    return groups;
  }

 private:
  [[nodiscard]] const ProcessSample& process(std::size_t index) const { return snapshot_.processes[index]; }

  [[nodiscard]] bool is_free_rank(std::size_t index) const {
    return run_of_[index] == -1 && !rank_of(process(index)).empty() && belongs_to_training(process(index));
  }

  void add_top(std::size_t index) {
    const ProcessSample& own = process(index);
    const ProcessSample* const parent = snapshot_.find_pid(own.ppid);
    if (parent != nullptr && rank_of(*parent) == rank_of(own) && belongs_to_training(*parent)) return;
    Top top{.process = index};
    for_each_ancestor(snapshot_, own, [&](const ProcessSample& above) {
      const auto at = static_cast<std::size_t>(&above - snapshot_.processes.data());
      if (run_of_[at] != -1) return false;
      top.above.push_back(at);
      return !is_session(above) && above.uid == own.uid;
    });
    tops_[kind_of(own)].push_back(std::move(top));
  }

  /// The nearest process above it that is also above another rank.
  [[nodiscard]] std::optional<std::size_t> origin_of(const Top& top, const std::vector<Top>& tops) const {
    for (const std::size_t above : top.above) {
      const bool shared = std::ranges::any_of(tops, [&](const Top& other) {
        return rank_of(process(other.process)) != rank_of(process(top.process)) &&
               std::ranges::find(other.above, above) != other.above.end();
      });
      if (shared) return above;
    }
    return std::nullopt;
  }

  void add_group(std::size_t origin, std::vector<std::size_t> ranks, std::vector<RankGroup>& groups) const {
    std::set<std::string_view> different;
    for (const std::size_t rank : ranks) different.insert(rank_of(process(rank)));
    const ProcessSample& above = process(origin);
    const bool session = is_session(above) || above.uid != process(ranks.front()).uid;
    // Two runs that were started from one session have each rank twice: nothing tells which is whose.
    if (different.size() < 2 || (session && different.size() < ranks.size())) return;
    std::ranges::sort(ranks, {}, [&](std::size_t rank) {
      const std::string_view text = rank_of(process(rank));
      return std::tuple(text.size(), text, rank);
    });
    groups.push_back({.starter = session ? std::nullopt : std::optional(origin), .ranks = std::move(ranks)});
  }

  const Snapshot& snapshot_;
  std::span<const int> run_of_;
  std::map<Kind, std::vector<Top>> tops_;
};

}  // namespace

std::vector<RankGroup> rank_groups(const Snapshot& snapshot, std::span<const int> run_of) {
  return Groups(snapshot, run_of).take();
}

}  // namespace vigie
