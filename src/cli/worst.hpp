// One command, several targets: an error of one is printed, and the others are done all the same.
#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>

#include "base/result.hpp"
#include "cli/say.hpp"

namespace vigie::cli {

/// The exit status of a command that has done `count` things.
class Worst {
 public:
  explicit Worst(std::size_t count) : count_(count) {}

  /// Of several, prints the error at once and lets the next one be done.
  void add(Result<int> one) {
    if (one) {
      status_ = std::max(status_, *one);
      return;
    }
    if (count_ == 1) {
      error_ = std::move(one.error());
      return;
    }
    complain("{}", one.error().message);
    status_ = std::max(status_, exit_status(one.error().kind));
  }

  /// That of the worst; of a single one, its error.
  [[nodiscard]] Result<int> status() const {
    if (error_) return std::unexpected(*error_);
    return status_;
  }

 private:
  std::size_t count_;
  int status_ = 0;
  std::optional<Error> error_;
};

}  // namespace vigie::cli
