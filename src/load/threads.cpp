// Threads that do nothing but be there.
#include <fmt/format.h>
#include <pthread.h>

#include <condition_variable>
#include <mutex>
#include <vector>

#include "load/load.hpp"
#include "load/room.hpp"

namespace vigie::load {
namespace {

class Threads final : public Load {
 public:
  explicit Threads(unsigned count) : count_(count) {}
  ~Threads() override {
    {
      const std::lock_guard lock(mutex_);
      over_ = true;
    }
    ended_.notify_all();
    for (const pthread_t thread : threads_) ::pthread_join(thread, nullptr);
  }

  std::string plan() const override { return fmt::format("{} threads that wait", count_); }

  Result<void> start() override {
    pthread_attr_t attributes;
    ::pthread_attr_init(&attributes);
    ::pthread_attr_setstacksize(&attributes, 64 << 10);
    int error = 0;
    while (threads_.size() < count_ && error == 0) {
      pthread_t thread{};
      error = ::pthread_create(&thread, &attributes, wait, this);
      if (error == 0) threads_.push_back(thread);
    }
    ::pthread_attr_destroy(&attributes);
    if (error == 0) return {};
    return fail_errno(fmt::format("cannot start more than {} of {} threads", threads_.size(), count_), error);
  }

  std::string so_far() override { return fmt::format("{} threads", threads_.size()); }
  std::vector<std::pair<std::string, double>> amounts() override {
    return {{"threads", static_cast<double>(threads_.size())}};
  }

 private:
  static void* wait(void* self) {
    auto& load = *static_cast<Threads*>(self);
    std::unique_lock lock(load.mutex_);
    load.ended_.wait(lock, [&] { return load.over_; });
    return nullptr;
  }

  unsigned count_;
  std::vector<pthread_t> threads_;
  std::mutex mutex_;
  std::condition_variable ended_;
  bool over_ = false;
};

}  // namespace

Result<std::unique_ptr<Load>> make_threads(const Request& request, const Room& room, Leftovers& /*leftovers*/) {
  ASSIGN_OR_RETURN(unsigned count, bounded_tasks(request.count, 200, room));
  return std::make_unique<Threads>(count);
}

}  // namespace vigie::load
