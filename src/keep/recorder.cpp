// The recorder's loop, and its reaction to each event. One class, because all of it changes one record.
#include "keep/recorder.hpp"

#include <fcntl.h>
#include <malloc.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <csignal>
#include <exception>
#include <limits>
#include <span>
#include <vector>

#include <fmt/format.h>

#include "base/clock.hpp"
#include "base/units.hpp"
#include "control/exit_status.hpp"
#include "control/process.hpp"
#include "keep/clients/attached.hpp"
#include "keep/clients/doorway.hpp"
#include "keep/clients/requests.hpp"
#include "keep/end/exit_record.hpp"
#include "keep/end/hooks.hpp"
#include "keep/end/kernel_kills.hpp"
#include "keep/groups/run_group.hpp"
#include "keep/log/output_log.hpp"
#include "keep/progress/progress_tracker.hpp"
#include "keep/restart_policy.hpp"
#include "keep/start/launch.hpp"
#include "keep/stop/early_signal.hpp"
#include "keep/stop/run_tree.hpp"
#include "keep/stop/stopper.hpp"
#include "keep/stop/time_limit.hpp"
#include "sources/proc/call_sampler.hpp"
#include "wire/attempt_marks.hpp"
#include "wire/log_reader.hpp"
#include "wire/run_directory.hpp"
#include "wire/socket.hpp"

namespace vigie::keep {
namespace {

constexpr std::size_t redraw_bytes = 1 << 20;
constexpr double final_drain_seconds = 2;
constexpr std::int64_t between_looks_ns = nanoseconds_per_second;
constexpr double reaped_seconds = 1;      // in which a parent reaps its child
constexpr double last_words_seconds = 1;  // for clients to take the last output

class Recorder {
 public:
  Recorder(RunRecord record, Fd output, Fd holder, HolderFacts facts, Handover& handover, LifeLock& life)
      : record_(std::move(record)),
        output_(std::move(output)),
        holder_(std::move(holder)),
        facts_(facts),
        handover_(handover),
        life_(life),
        log_(std::in_place, record_.directory, record_.spec.log_max_bytes, handover),
        progress_(50, 200, record_.spec.progress_pattern),
        attached_(progress_.screen(), output_.get()),
        stopper_(record_) {
    // No terminal makes a carriage return and a line feed of the end of a line: on the screen the latter is both.
    if (!record_.spec.pty) progress_.write("\x1b[20h", 0);
  }

  int run() {
    if (!begin()) {
      if (is_over(record_.state)) wait_for_room();  // its end is known, its record may not be written
      return 0;
    }
    ::malloc_trim(0);  // an idle run is small
    while (!finished_) {
      note_facts();
      if (facts_.tree_gone) break;
      wait_and_serve();
    }
    return finish();
  }

 private:
  /// False when a killed recorder had finished already: the record may be that of the next attempt.
  bool begin() {
    if (const Fd dir(::open(record_.directory.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)); dir)
      (void)life_.take(dir.get(), LifeRole::recorder);
    // A recorder that replaces a killed one: the record on disk is newer than what the holder remembers.
    if (Result<RunRecord> newer = wire::read_own_record(record_.directory)) {
      if (newer->attempt != record_.attempt) return false;
      record_ = std::move(*newer);
      if (is_over(record_.state)) return false;
    }
    const bool first = record_.recorder.pid == 0;
    const Result<ProcessId> self = control::identify(::getpid());
    if (self) record_.recorder = *self;
    limit_ = TimeLimit(record_, now());
    if (Result<Fd> leader = control::open_process(record_.leader)) leader_ = std::move(*leader);
    progress_.write(wire::log_tail(record_.directory, redraw_bytes), wire::log_written_wall_ns(record_.directory));
    (void)progress_.screen().take_answers();  // to questions that were asked long ago
    if (first && record_.attempt > 1) progress_.begin_attempt();
    door_.emplace(record_.directory);
    stopper_.take_up();
    save("keeping", group_for_event(record_.group));
    if (first && record_.attempt > 1) ignore_error(wire::mark_attempt(record_.directory, record_.attempt, log_->end()));
    if (first) hooks_.start(record_, record_.spec.policy.hooks.on_start);
    take_up_wish();
    if (holder_lost_ && !leader_) note_unseen_end();  // an adopted process that has ended meanwhile
    return true;
  }

  void save(std::string_view event, std::string_view extra = {}) {
    // A full disk must not end the run: the next change tries again, and the final record insists (see finish).
    ignore_error(wire::write_record(record_));
    ignore_error(wire::append_event(record_.directory, event, extra));
  }

  /// The main process ended: recorded at once and durably, before anything else can go wrong.
  void note_facts() {
    if (!facts_.main_status || record_.exit) return;
    record_.exit = exit_record(*facts_.main_status, record_.stop, now().wall_ns);
    record_.exit->address_space_bytes = facts_.address_space_bytes;
    record_.exit->data_bytes = facts_.data_bytes;
    const bool well = record_.exit->kind == ExitRecord::Kind::code && record_.exit->value == 0;
    if (!well && !record_.stop) look_for_kernel_kill(record_);
    record_.state = RunState::exiting;
    save("main process ended", fmt::format("\"status\": {}", *facts_.main_status));
    stopper_.hasten();
  }

  void wait_and_serve() {
    std::vector<pollfd> items{{holder_.get(), POLLIN, 0},
                              {output_.get(), POLLIN, 0},
                              {door_->listener(), POLLIN, 0},
                              {door_->touched(), POLLIN, 0}};
    const std::size_t first_client = items.size();
    for (const Fd& client : clients_) items.push_back({client.get(), POLLIN, 0});
    if (holder_lost_) items[0].fd = rest_at_ns_ ? -1 : leader_.get();
    const std::size_t asking = items.size();
    attached_.watch(items);
    const int ready = ::poll(items.data(), items.size(), milliseconds_to_deadline());
    if (ready < 0) return;
    if (items[1].revents != 0) read_output();
    if (items[0].revents != 0) holder_lost_ ? note_unseen_end() : hear_holder();
    if (items[2].revents != 0) accept_client();
    if (items[3].revents != 0) mend_place();
    attached_.serve(std::span(items).subspan(asking));
    for (std::size_t i = asking; i-- > first_client;) {
      if (items[i].revents != 0) serve(i - first_client);
    }
    stopper_.act();
    mind_time_limit();
    if (early_) early_->act();
    mind_rest();
  }

  /// A live run is found by its directory: if it is removed, it is made again, with a log that says what is missing.
  void mend_place() {
    door_->mend();  // first: if the directory goes after this, the door is readable again
    if (there() || !wire::make_directory_anew(record_.directory)) return;
    life_.take_anew(record_.directory, LifeRole::recorder);
    (void)::send(holder_.get(), "", 1, MSG_NOSIGNAL);  // the holder's lock went, too
    log_.emplace(record_.directory, record_.spec.log_max_bytes, handover_);
    save("its directory was removed and made anew");
    door_->mend();
  }

  /// While nothing happens it never wakes up.
  [[nodiscard]] int milliseconds_to_deadline() const {
    constexpr std::int64_t never = std::numeric_limits<std::int64_t>::max();
    const std::int64_t next =
        std::min({stopper_.next_ns().value_or(never), limit_.next_boot_ns().value_or(never),
                  rest_at_ns_.value_or(never), early_ ? early_->next_ns().value_or(never) : never});
    if (next == never) return -1;
    return static_cast<int>(std::clamp<std::int64_t>((next - now().boot_ns) / 1'000'000 + 1, 0, 1 << 30));
  }

  void mind_time_limit() {
    const RunPolicy& policy = record_.spec.policy;
    switch (limit_.due(now().boot_ns)) {
      case TimeLimit::Due::nothing: return;
      case TimeLimit::Due::early_signal:
        record_.early_signal_sent = true;
        save("early signal", fmt::format("\"signal\": {}", policy.early_signal->signal));
        if (!record_.exit && !record_.stop) early_.emplace(record_);
        return;
      case TimeLimit::Due::end:
        if (record_.exit || record_.stop) return;
        (void)stop(
            {.signal = record_.spec.stop_signal,
             .grace_seconds = record_.spec.grace_seconds,
             .reason = fmt::format("its time limit of {} was over", spoken_duration(*policy.time_limit_seconds))});
        return;
    }
  }

  /// Returns false at the end of output.
  bool read_output() {
    const std::span<char> room = handover_.room(log_->end());
    const ssize_t got = ::read(output_.get(), room.data(), room.size());
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) return true;
    if (got <= 0) {
      // EIO: no process has the terminal open any more (the holder closes its side last, or was killed).
      output_.reset();
      return false;
    }
    const std::string_view bytes = handover_.took(static_cast<std::size_t>(got));
    log_->write(bytes);
    progress_.write(bytes, now().wall_ns);
    attached_.show(bytes);
    return true;
  }

  void hear_holder() {
    HolderFacts facts;
    const ssize_t got = ::recv(holder_.get(), &facts, sizeof facts, MSG_DONTWAIT);
    if (got == sizeof facts) {
      facts_ = facts;
      return;
    }
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    holder_lost_ = true;
    ignore_error(wire::append_event(record_.directory, "holder lost"));
    if (!leader_) note_unseen_end();
  }

  /// Without the holder only the kernel can tell how the main process ended, once its parent has reaped it.
  void note_unseen_end() {
    const std::optional<int> status = leader_ ? control::exit_status_of(leader_, reaped_seconds) : std::nullopt;
    if (status && !record_.exit) {
      facts_.main_status = status;
      note_facts();
    }
    if (!record_.exit) record_.exit = unseen_end(record_, now().wall_ns);
    record_.state = RunState::exiting;
    save("main process ended");
    rest_at_ns_ = now().boot_ns;
  }

  /// Without the holder nothing reports when the rest of the run is gone: only then is it looked for.
  void mind_rest() {
    if (!rest_at_ns_ || now().boot_ns < *rest_at_ns_) return;
    finished_ = record_.adopted ? stopper_.nothing_left() : RunTree(record_).find().is_gone();
    rest_at_ns_ = now().boot_ns + between_looks_ns;
  }

  void accept_client() {
    if (Fd client = door_->let_in(clients_.size() + attached_.count())) clients_.push_back(std::move(client));
  }

  void serve(std::size_t index) {
    std::string packet;
    const ssize_t got = wire::receive(clients_[index], packet);
    if (got <= 0) {
      clients_.erase(clients_.begin() + static_cast<std::ptrdiff_t>(index));
      return;
    }
    Request request = parse_request(packet);
    request.by_root = request.stop.by_root = wire::is_roots(clients_[index]);
    const std::string refused =
        request.kind == Request::Kind::attach ? attach_refusal(request, record_) : std::string();
    const std::string answer = refused.empty() ? answer_request(request) : refused;
    (void)::send(clients_[index].get(), answer.data(), answer.size(), MSG_NOSIGNAL);
    if (request.kind == Request::Kind::attach && refused.empty()) {
      attached_.add(std::move(clients_[index]), request.attach);
      clients_.erase(clients_.begin() + static_cast<std::ptrdiff_t>(index));
    }
  }

  std::string answer_request(const Request& request) {
    switch (request.kind) {
      case Request::Kind::attach: return attach_acceptance(progress_.screen().rows(), progress_.screen().columns());
      case Request::Kind::progress: return progress_answer(progress_.latest());
      case Request::Kind::stop: return stop(request.stop);
      case Request::Kind::signalled: return note_signal(request);
      case Request::Kind::record:
        return wire::write_record(record_) ? acceptance() : refusal("the record cannot be written");
      case Request::Kind::unknown: break;
    }
    return refusal("unknown request");
  }

  std::string note_signal(const Request& request) {
    record_.signalled = SentSignal{.signal = request.signal, .by_root = request.by_root, .wall_ns = now().wall_ns};
    save("signal", fmt::format("\"signal\": {}", request.signal));
    return acceptance();
  }

  std::string stop(const StopRequest& request) {
    const std::optional<StopRequest> before = record_.stop;
    const bool joins = before && before->signal == request.signal && request.grace_seconds != 0;
    record_.stop = request;
    // A recorder that was stopped may hear of it after the end: the wish tells the time of the request.
    const std::optional<StopRequest> wish = wire::read_wish(record_);
    record_.stop->wall_ns = wish && request.reason.empty() ? wish->wall_ns : now().wall_ns;
    if (joins) {
      record_.stop->wall_ns = before->wall_ns;
      record_.stop->report = before->report;
    }
    if (record_.exit && record_.stop->wall_ns <= record_.exit->wall_ns)
      record_.exit->reason = why_stopped(*record_.stop) + ", " + describe(*record_.exit);
    if (!record_.exit) {
      record_.stop->found_doing = proc::what_main_thread_does(record_.leader);
      record_.state = RunState::stopping;
    }
    save("stop requested", fmt::format("\"signal\": {}, \"grace_seconds\": {}", request.signal, request.grace_seconds));
    if (!before) hooks_.start(record_, record_.spec.policy.hooks.on_stop);
    joins ? stopper_.join() : stopper_.begin();
    return acceptance();
  }

  int finish() {
    const Instant begin = now();
    while (output_ && seconds_between(begin, now()) < final_drain_seconds) {
      pollfd item{output_.get(), POLLIN, 0};
      if (::poll(&item, 1, 100) > 0) read_output();
    }
    log_->sync();
    attached_.flush(last_words_seconds);
    stopper_.finish();
    remove_group(record_);
    note_facts();
    record_.last_progress = progress_.latest();
    const RunRecord ended = settle();
    hooks_.tell_end(ended, is_over(record_.state));
    if (unwritten_) wait_for_room();
    log_->say_what_is_lost();
    if (holder_lost_) start_next_attempt(record_.directory, life_);  // nothing else would
    return 0;
  }

  /// A stop that came while there was no recorder.
  void take_up_wish() {
    const std::optional<StopRequest> wish = record_.stop ? std::nullopt : wire::read_wish(record_);
    if (wish && !facts_.tree_gone) (void)stop(*wish);
    if (wish && facts_.tree_gone) record_.stop = wish;
  }

  /// The last record of this attempt, and whether another follows: decided while no other process changes the run, so
  /// that a stop comes before the decision or finds the next attempt. Returns the record of the attempt that ended.
  RunRecord settle() {
    Result<wire::ChangeLock> change = wire::ChangeLock::take(record_.directory);
    take_last_wish();
    if (record_.exit) {
      record_.state = final_state(record_);
      record_.exit->reason += what_had_to_be_killed(record_);
    }
    ignore_error(wire::append_attempt(record_));
    door_->close();
    ignore_error(
        wire::append_event(record_.directory, "over", fmt::format("\"state\": \"{}\"", name_of(record_.state))));
    RunRecord ended = record_;
    // One write ends it and queues the next: a waiting client never sees an attempt end that will be followed by
    // another.
    if (std::optional<RunRecord> next = next_attempt(record_, now().wall_ns)) {
      const ProcessId self = record_.recorder;
      record_ = std::move(*next);
      if (holder_lost_) record_.holder = self;
    }
    // If the disk has no room, the end goes into the room that is kept for it; another attempt has to wait.
    while (!wire::write_record(record_) && there()) {
      if (is_over(record_.state) && wire::write_end(record_)) {
        unwritten_ = true;
        break;
      }
      if (change) change->release();  // others need not wait, too: they see that the run is kept
      ::poll(nullptr, 0, 1000);
    }
    return ended;
  }

  /// The directory: a removed one ends the wait for room.
  [[nodiscard]] bool there() const { return ::access(record_.directory.c_str(), F_OK) == 0; }

  void wait_for_room() {
    while (!wire::write_record(record_) && there()) ::poll(nullptr, 0, 1000);
  }

  /// A stop that this recorder could not receive, because it was stopped itself.
  void take_last_wish() {
    const bool by_user = record_.stop && record_.stop->reason.empty();
    const std::optional<StopRequest> wish = by_user ? std::nullopt : wire::read_wish(record_);
    if (!wish) return;
    record_.stop = wish;
    if (record_.exit) record_.exit->reason = asked_by(*wish) + ", " + describe(*record_.exit);
  }

  RunRecord record_;
  Fd output_;
  Fd holder_;
  HolderFacts facts_;
  Handover& handover_;
  LifeLock& life_;
  std::optional<OutputLog> log_;
  ProgressTracker progress_;
  Attached attached_;
  Stopper stopper_;
  std::optional<EarlyPass> early_;
  Fd leader_;  ///< pidfd
  std::optional<Doorway> door_;
  std::vector<Fd> clients_;
  Hooks hooks_;
  TimeLimit limit_{record_, {}};
  std::optional<std::int64_t> rest_at_ns_;  ///< when the rest of a run without holder is looked for
  bool holder_lost_ = !holder_;
  bool finished_ = false;
  bool unwritten_ = false;  ///< the record of the end
};

}  // namespace

int run_recorder(RunRecord record, Fd output, Fd holder, HolderFacts facts, Handover& handover, LifeLock& life) {
  try {
    return Recorder(std::move(record), std::move(output), std::move(holder), facts, handover, life).run();
  } catch (const std::exception&) {
    return 1;  // out of memory: another one takes up from the files
  }
}

}  // namespace vigie::keep
