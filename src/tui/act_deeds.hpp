// Orders done by the room act, on a thread of their own: a stop takes as long as its grace.
#pragma once

#include <memory>

#include "tui/deeds.hpp"

namespace vigie::tui {

class ActDeeds final : public Deeds {
 public:
  ActDeeds();

  [[nodiscard]] int fd() const override;
  void plan(const Order& order) override;
  void perform(const Order& order) override;
  [[nodiscard]] std::optional<Answer> take() override;

 private:
  struct Shared;
  void begin(const Order& order, bool perform);

  std::shared_ptr<Shared> shared_;
};

}  // namespace vigie::tui
