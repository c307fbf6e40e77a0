// Reading many processes without waiting for ever for one of them.
#pragma once

#include <chrono>
#include <condition_variable>
#include <exception>
#include <functional>
#include <iterator>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include <sys/types.h>

namespace vigie::proc {

/// Reads processes on a thread of its own, and leaves that thread behind when a read does not come back: data in a
/// process's memory (cmdline, environ, maps) is read under its mmap_lock, which is held as long as, say, a page comes
/// from a dead file server. Such a wait ends with the process or with vigie (it is killable), not by a signal handler.
template <class Row>
class PatientWalk {
 public:
  /// Reads one process into `row`; false: no row. Must own all that it uses: it may outlive the walk.
  using Visit = std::function<bool(pid_t pid, Row& row)>;

  /// The process whose read did not come back.
  struct Stuck {
    std::size_t index = 0;             ///< in the pids
    std::weak_ptr<const void> thread;  ///< expired when the thread that was left behind has come back
  };

  /// How long the read of one process may take.
  explicit PatientWalk(std::chrono::milliseconds patience) : patience_(patience) {}

  /// Appends the rows of `pids` until all are read or one is stuck, which is returned.
  std::optional<Stuck> walk(std::span<const pid_t> pids, Visit visit, std::vector<Row>& rows) {
    const auto leg = std::make_shared<Leg>();
    leg->pids.assign(pids.begin(), pids.end());
    leg->visit = std::move(visit);
    leg->rows.reserve(pids.size());  // so that a row stays where it is while another is taken
    std::thread thread = start(leg);
    std::size_t whole = 0;
    const std::optional<std::size_t> stuck = leg->wait(patience_, whole);
    if (stuck) {
      thread.detach();
    } else if (thread.joinable()) {
      thread.join();
    }
    if (!stuck && leg->failure) std::rethrow_exception(leg->failure);
    const auto end = leg->rows.begin() + static_cast<std::ptrdiff_t>(whole);
    if (rows.empty() && !stuck) {
      rows = std::move(leg->rows);
    } else {
      rows.insert(rows.end(), std::make_move_iterator(leg->rows.begin()), std::make_move_iterator(end));
    }
    if (!stuck) return std::nullopt;
    return Stuck{.index = *stuck, .thread = leg};
  }

 private:
  struct Leg;

  /// Where there may be no thread (RLIMIT_NPROC), the walk has no patience: it is made at once, on this one.
  static std::thread start(const std::shared_ptr<Leg>& leg) {
    try {
      return std::thread([leg] { leg->run(); });
    } catch (const std::system_error&) {
      leg->run();
      return {};
    }
  }

  /// Shared by the thread that reads and the one that waits.
  struct Leg {
    std::vector<pid_t> pids;
    Visit visit;
    std::vector<Row> rows;
    std::mutex mutex;
    std::condition_variable ended;
    std::size_t at = 0;     ///< the pid being read
    std::size_t whole = 0;  ///< rows that are read
    bool left_behind = false;
    std::exception_ptr failure;  ///< what ended the thread: for the one that waits

    void run() {
      try {
        read_all();
      } catch (...) {
        const std::lock_guard lock(mutex);
        failure = std::current_exception();
        at = pids.size();
      }
      ended.notify_one();
    }

    void read_all() {
      for (std::size_t index = 0; index < pids.size(); ++index) {
        Row& row = rows.emplace_back();
        const bool there = visit(pids[index], row);
        const std::lock_guard lock(mutex);
        if (left_behind) return;
        if (!there) rows.pop_back();
        whole = rows.size();
        at = index + 1;
      }
    }

    std::optional<std::size_t> wait(std::chrono::milliseconds patience, std::size_t& rows_read) {
      // In steps: a vigie that was itself stopped meanwhile finds one of them over, not all.
      constexpr int steps = 5;
      std::unique_lock lock(mutex);
      std::size_t last = at;
      for (int still = 0; still < steps;) {
        if (ended.wait_for(lock, patience / steps, [&] { return at == pids.size(); })) break;
        still = at == last ? still + 1 : 0;
        last = at;
      }
      rows_read = whole;
      if (at == pids.size()) return std::nullopt;
      left_behind = true;
      return at;
    }
  };

  std::chrono::milliseconds patience_;
};

}  // namespace vigie::proc
