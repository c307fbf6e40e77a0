// A deadlock: two threads, two locks, each has one and waits for the other's.
#include <fmt/format.h>

#include <atomic>
#include <latch>
#include <memory>
#include <mutex>
#include <thread>

#include "load/background.hpp"
#include "load/load.hpp"
#include "load/work.hpp"

namespace vigie::load {
namespace {

constexpr double good_seconds = 1;  ///< they work so long, then it happens

/// What the two share. They never end, so it outlives the load.
struct Shared {
  std::mutex first, second;
  std::latch both{2};
  std::atomic<unsigned> steps = 0, waiting = 0;
};

void work(const std::shared_ptr<Shared>& shared, bool swapped) {
  const Instant began = now();
  while (seconds_between(began, now()) < good_seconds) {
    compute_for(0.005);
    ++shared->steps;
    rest({}, 0.045);
  }
  const std::lock_guard mine(swapped ? shared->second : shared->first);
  shared->both.arrive_and_wait();
  ++shared->waiting;
  const std::lock_guard other(swapped ? shared->first : shared->second);  // which is never given
}

class Hang final : public Load {
 public:
  std::string plan() const override { return "two threads that work for a second, then wait for each other for ever"; }

  Result<void> start() override {
    try {
      for (const bool swapped : {false, true}) {
        std::thread([shared = shared_, swapped] { work(shared, swapped); }).detach();
      }
    } catch (const std::system_error& error) {
      return fail_errno("cannot start a thread", error.code().value());
    }
    return {};
  }

  std::string so_far() override {
    return fmt::format("{} steps, {} of 2 threads wait for a lock", shared_->steps.load(), shared_->waiting.load());
  }
  std::vector<std::pair<std::string, double>> amounts() override {
    return {{"steps", shared_->steps.load()}, {"threads_waiting", shared_->waiting.load()}};
  }

 private:
  std::shared_ptr<Shared> shared_ = std::make_shared<Shared>();
};

}  // namespace

Result<std::unique_ptr<Load>> make_hang(const Request& /*request*/, const Room& /*room*/, Leftovers& /*leftovers*/) {
  return std::make_unique<Hang>();
}

}  // namespace vigie::load
