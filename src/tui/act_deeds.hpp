// Orders done by the room act, on a thread of their own: a stop takes as long as its grace.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tui/deeds.hpp"

namespace vigie::tui {

/// Called with what is lost if the program ends now; empty: nothing is, a recorder goes on with it.
using TellLoss = std::function<void(std::string loss)>;

class ActDeeds final : public Deeds {
 public:
  ActDeeds();

  [[nodiscard]] int fd() const override;
  void plan(const Order& order) override;
  void perform(const Order& order) override;
  void read(const std::vector<std::string>& words) override;
  void save(std::vector<PackedSnapshot> snapshots) override;
  [[nodiscard]] std::vector<std::string> unfinished() const override;
  [[nodiscard]] std::optional<Answer> take() override;

 private:
  struct Shared;
  /// Answers from a thread of its own; not at all if something else is asked meanwhile.
  void look(std::function<Answer()> work);
  /// Answers whatever is asked meanwhile. `loss`: what is lost if the program ends before that, until it is told anew.
  void act(std::string loss, std::function<Answer(const TellLoss&)> work);

  std::shared_ptr<Shared> shared_;
};

}  // namespace vigie::tui
