// Work that a snapshot does not wait for.
#pragma once

#include <chrono>
#include <functional>
#include <future>
#include <optional>
#include <system_error>
#include <utility>

namespace vigie {

/// One piece of work at a time: on a thread of its own, or at once where the caller may wait, or there may be no thread
/// (RLIMIT_NPROC). What it uses must live until it is taken.
template <class T>
class Later {
 public:
  void begin(bool may_wait, std::function<T()> work) {
    if (future_.valid()) future_.wait();  // of a snapshot that was given up
    if (!may_wait) {
      try {
        future_ = std::async(std::launch::async, work);
        // Most work is done within this time, and needs no second step.
        future_.wait_for(usual_);
        return;
      } catch (const std::system_error&) {
        future_ = {};
      }
    }
    std::promise<T> done;
    future_ = done.get_future();
    done.set_value(work());
  }
  /// Whether something was begun and not taken.
  [[nodiscard]] bool begun() const { return future_.valid(); }
  [[nodiscard]] bool ready() const {
    return !begun() || future_.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
  }
  /// Its result; waits for it.
  [[nodiscard]] T take() { return future_.get(); }

 private:
  static constexpr std::chrono::milliseconds usual_{5};
  std::future<T> future_;  ///< of std::async: its destructor waits
};

}  // namespace vigie
