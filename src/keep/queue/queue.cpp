#include "keep/queue/queue.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "base/boot.hpp"
#include "base/clock.hpp"
#include "base/fd.hpp"
#include "base/file.hpp"
#include "control/process.hpp"
#include "keep/clients/doorway.hpp"
#include "keep/clients/requests.hpp"
#include "keep/end/exit_record.hpp"
#include "keep/queue/gpu_pool.hpp"
#include "keep/queue/turn.hpp"
#include "keep/stop/run_tree.hpp"
#include "wire/keepers.hpp"
#include "wire/record_list.hpp"
#include "wire/run_directory.hpp"
#include "wire/socket.hpp"

namespace vigie::keep {
namespace {

/// For events that nothing reports: a GPU that becomes free, the death of a keeper that cannot be watched.
constexpr int pace_ms = 3000;

constexpr char busy_queue[] = "another run's keeper to let go of the queue: it is stopped, or gets no CPU";

/// How many descriptors may be kept for others' keepers. What is opened besides: records, sockets, a lock.
std::size_t room_for_keepers() {
  constexpr rlim_t own = 32;
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
  return limit.rlim_cur > own ? static_cast<std::size_t>(limit.rlim_cur - own) : 0;
}

/// Becomes readable at a time since boot.
Fd timer_at(std::int64_t boot_ns) {
  Fd timer(::timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK));
  itimerspec when{};
  when.it_value.tv_sec = boot_ns / nanoseconds_per_second;
  when.it_value.tv_nsec = boot_ns % nanoseconds_per_second;
  ::timerfd_settime(timer.get(), TFD_TIMER_ABSTIME, &when, nullptr);
  return timer;
}

class Queue {
 public:
  explicit Queue(RunRecord& record) : record_(record), door_(record.directory) {
    if (Result<ProcessId> self = control::identify(::getpid())) record.holder = *self;
    const Instant time = now();
    due_boot_ns_ = time.boot_ns + record.not_before_wall_ns - time.wall_ns;
  }

  QueueEnd wait(const std::function<void()>& queued) {
    for (bool first = true; true; first = false) {
      const std::optional<QueueEnd> end = decide();
      if (first) queued();
      if (end) return *end;
      sleep();
      if (serve()) return end_without_start(asked_by(*record_.stop) + before_its_start(), RunState::cancelled);
    }
  }

 private:
  [[nodiscard]] std::string before_its_start() const {
    return record_.attempt > 1 ? fmt::format(" before attempt {} started", record_.attempt) : " before it started";
  }

  /// Under the lock: no other run starts between this look and the record that says so.
  std::optional<QueueEnd> decide() {
    // Before the lock: a driver may take seconds. The records show what other runs take meanwhile.
    GpuPool pool;
    if (record_.spec.policy.queue.gpus.count > 0) pool = gpus_.ask();
    const std::string runs = record_.directory.substr(0, record_.directory.rfind('/'));
    const Result<Fd> lock = open_own_file(runs + "/.queue.lock", O_RDWR | O_CREAT);
    if (!lock) return wait_until_readable(lock.error());
    if (!take(*lock)) return wait_until_readable(Error{.message = busy_queue});
    const Result<std::vector<RunRecord>> all = watch_others();
    if (!all) return wait_until_readable(all.error());
    follow_clock();
    const Turn turn =
        turn_of(record_, *all, [this](const RunRecord& other) { return is_alive(other); }, now().wall_ns, pool);
    if (const std::optional<StopRequest> wish = wire::read_wish(record_)) {
      record_.stop = wish;
      return end_without_start(asked_by(*wish) + before_its_start(), RunState::cancelled);
    }
    if (turn.never) return end_without_start("not started: " + turn.waits_for, RunState::failed);
    timer_.reset();
    if (turn.not_before_wall_ns) timer_ = timer_at(due_boot_ns_);
    patience_ms_ = turn.for_gpus || unseen_ ? pace_ms : -1;
    if (told_ && !turn.now && record_.waits_for == turn.waits_for) return std::nullopt;
    told_ = true;
    record_.state = turn.now ? RunState::starting : RunState::queued;
    record_.waits_for = turn.waits_for;
    record_.gpus = turn.gpus;
    ignore_error(wire::write_record(record_));
    return turn.now ? std::optional(QueueEnd::start) : std::nullopt;
  }

  /// Keepers hold the lock for a moment each. If one is stopped while it holds the lock, the others can still be asked
  /// to stop.
  static bool take(const Fd& lock) {
    constexpr int pace_between_tries_ms = 20, most_tries = 100;
    for (int tries = 0; tries < most_tries; ++tries) {
      if (::flock(lock.get(), LOCK_EX | LOCK_NB) == 0) return true;
      if (errno != EWOULDBLOCK && errno != EINTR) return false;
      ::poll(nullptr, 0, pace_between_tries_ms);
    }
    return false;
  }

  /// Without knowing the others it cannot tell whose turn it is.
  std::optional<QueueEnd> wait_until_readable(const Error& error) {
    patience_ms_ = pace_ms;
    if (told_ && record_.waits_for == error.message) return std::nullopt;
    told_ = true;
    record_.state = RunState::queued;
    record_.waits_for = error.message;
    ignore_error(wire::write_record(record_));
    return std::nullopt;
  }

  /// A pause is time that passes: setting the clock makes it neither longer nor shorter.
  void follow_clock() {
    if (record_.not_before_wall_ns == 0) return;
    const Instant time = now();
    const std::int64_t due = time.wall_ns + due_boot_ns_ - time.boot_ns;
    const bool set = std::abs(due - record_.not_before_wall_ns) > nanoseconds_per_second;
    if (set || time.boot_ns >= due_boot_ns_) record_.not_before_wall_ns = due;
  }

  /// All runs, watched from before they were read: a change after that wakes this run up.
  Result<std::vector<RunRecord>> watch_others() {
    inotify_.reset(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
    keepers_.clear();
    unseen_ = false;
    const std::size_t room = room_for_keepers();
    Result<std::vector<RunRecord>> all = wire::list_records();
    if (!all) return all;
    for (RunRecord& other : *all) {
      if (is_over(other.state) || other.id == record_.id) continue;
      ::inotify_add_watch(inotify_.get(), other.directory.c_str(), IN_MOVED_TO | IN_DELETE_SELF | IN_ONLYDIR);
      if (Result<RunRecord> newer = wire::read_record(other.directory)) other = std::move(*newer);
      const wire::Keepers keepers = wire::keepers_of(other, record_.place);
      const std::size_t before = keepers_.size();
      for (const ProcessId id : {keepers.holder, keepers.recorder}) {
        Result<Fd> keeper = keepers_.size() < room ? control::open_process(id) : fail("no descriptor is left");
        if (keeper) keepers_.push_back(std::move(*keeper));
      }
      unseen_ = unseen_ || keepers_.size() == before;  // nor is the end of what a lost run left
    }
    return all;
  }

  /// Never asked of this run itself: a keeper that opens its own lock loses it.
  [[nodiscard]] bool is_alive(const RunRecord& other) const {
    return other.id == record_.id || wire::keepers_of(other, record_.place).alive || left_something(other);
  }

  /// Its keepers were killed and its processes were not: it is lost, and still takes a place.
  [[nodiscard]] bool left_something(const RunRecord& other) const {
    RunRecord lost = other;
    wire::drop_foreign_pids(lost, record_.place);
    return lost.state != RunState::queued && same_machine(other.place, record_.place) &&
           !RunTree(lost).find().is_gone();
  }

  void sleep() {
    items_ = {{door_.listener(), POLLIN, 0},
              {door_.touched(), POLLIN, 0},
              {inotify_.get(), POLLIN, 0},
              {timer_.get(), POLLIN, 0}};
    for (const Fd& keeper : keepers_) items_.push_back({keeper.get(), POLLIN, 0});
    for (const Fd& client : clients_) items_.push_back({client.get(), POLLIN, 0});
    while (::poll(items_.data(), items_.size(), patience_ms_) < 0 && errno == EINTR) {
    }
  }

  /// Answers clients. True: the run shall not start.
  bool serve() {
    const std::size_t first = items_.size() - clients_.size();
    for (std::size_t i = items_.size(); i-- > first;) {
      if (items_[i].revents == 0) continue;
      const auto client = clients_.begin() + static_cast<std::ptrdiff_t>(i - first);
      std::string packet(wire::largest_packet, '\0');
      const ssize_t got = ::recv(client->get(), packet.data(), packet.size(), 0);
      if (got <= 0) {
        clients_.erase(client);
        continue;
      }
      packet.resize(static_cast<std::size_t>(got));
      const std::string answer = answer_request(packet, wire::is_roots(*client));
      (void)::send(client->get(), answer.data(), answer.size(), MSG_NOSIGNAL);
    }
    if (items_[0].revents != 0) {
      if (Fd client = door_.let_in(clients_.size())) clients_.push_back(std::move(client));
    }
    if (items_[1].revents != 0) door_.mend();
    return record_.stop.has_value();
  }

  std::string answer_request(std::string_view packet, bool by_root) {
    const Request request = parse_request(packet);
    switch (request.kind) {
      case Request::Kind::progress: return progress_answer(std::nullopt);
      case Request::Kind::stop:
        record_.stop = request.stop;
        record_.stop->by_root = by_root;
        record_.stop->wall_ns = now().wall_ns;
        return acceptance();
      default: return refusal(record_.attempt > 1 ? "the run is between two attempts" : "the run has not started yet");
    }
  }

  QueueEnd end_without_start(std::string reason, RunState state) {
    record_.state = state;
    record_.waits_for.clear();
    record_.exit = ExitRecord{.kind = ExitRecord::Kind::unknown,
                              .value = 0,
                              .core_dumped = false,
                              .wall_ns = now().wall_ns,
                              .reason = std::move(reason)};
    door_.close();
    ignore_error(wire::write_record(record_));
    return QueueEnd::cancelled;
  }

  RunRecord& record_;
  Doorway door_;
  Fd inotify_, timer_;
  std::int64_t due_boot_ns_ = 0;  ///< when a pause is over
  std::vector<Fd> keepers_;       ///< pidfds: a keeper that is killed writes no record
  std::vector<Fd> clients_;
  std::vector<pollfd> items_;
  GpuAsker gpus_;
  int patience_ms_ = -1;  ///< how long to sleep at most
  bool unseen_ = false;   ///< another run is alive, and its keepers cannot be watched
  bool told_ = false;     ///< the record on disk says what the run waits for
};

}  // namespace

QueueEnd wait_for_turn(RunRecord& record, const std::function<void()>& queued) {
  return Queue(record).wait(queued);
}

}  // namespace vigie::keep
