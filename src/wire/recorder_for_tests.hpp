// For tests alone: stands for the recorder of a run and answers as it is told.
#pragma once

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/fd.hpp"
#include "wire/socket.hpp"

namespace vigie::wire {

class FakeRecorder {
 public:
  /// What it answers to a request; an empty text: it hangs up; nothing: it says nothing.
  using Answer = std::function<std::optional<std::string>(const std::string& request)>;

  FakeRecorder(const std::string& directory, Answer answer)
      : answer_(std::move(answer)), listener_(listen_in(directory).value()), thread_([this] { serve(); }) {}
  FakeRecorder(const std::string& directory, const std::string& answer)
      : FakeRecorder(directory, [answer](const std::string& /*request*/) { return answer; }) {}
  FakeRecorder(const FakeRecorder&) = delete;
  FakeRecorder& operator=(const FakeRecorder&) = delete;
  ~FakeRecorder() {
    ::eventfd_write(end_.get(), 1);
    thread_.join();
  }

  /// The last request that came.
  [[nodiscard]] std::string asked() const {
    const std::lock_guard lock(mutex_);
    return asked_;
  }

 private:
  void serve() {
    std::vector<Fd> clients;  // as long as the test takes
    while (true) {
      pollfd items[2] = {{end_.get(), POLLIN, 0}, {listener_.get(), POLLIN, 0}};
      if (::poll(items, 2, -1) < 0 || items[0].revents != 0) return;
      Fd client = accept_own(listener_);
      std::string request;
      if (!client || !wait_for(client.get(), POLLIN, 10) || receive(client, request) <= 0) continue;
      {
        const std::lock_guard lock(mutex_);
        asked_ = request;
      }
      const std::optional<std::string> answer = answer_(request);
      if (answer && answer->empty()) continue;
      if (answer) (void)::send(client.get(), answer->data(), answer->size(), MSG_NOSIGNAL);
      clients.push_back(std::move(client));
    }
  }

  Answer answer_;
  Fd listener_, end_{::eventfd(0, EFD_CLOEXEC)};
  mutable std::mutex mutex_;
  std::string asked_;
  std::thread thread_;
};

}  // namespace vigie::wire
