// Orders done by the room act, on a thread of their own: a stop takes as long as its grace.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tui/deeds.hpp"

namespace vigie::tui {

class ActDeeds final : public Deeds {
 public:
  ActDeeds();

  [[nodiscard]] int fd() const override;
  void plan(const Order& order) override;
  void perform(const Order& order) override;
  void read(const std::vector<std::string>& words) override;
  [[nodiscard]] std::optional<Answer> take() override;

 private:
  struct Shared;
  /// Answers from a thread of its own; not at all if something else is asked meanwhile, unless it is wanted whatever
  /// comes.
  void begin(bool wanted_whatever_comes, std::function<Answer()> work);

  std::shared_ptr<Shared> shared_;
};

}  // namespace vigie::tui
