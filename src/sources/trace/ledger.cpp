#include "sources/trace/ledger.hpp"

#include <fcntl.h>
#include <limits.h>
#include <sys/syscall.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include <fmt/format.h>

namespace vigie::trace {
namespace {

/// A training may open every image of a data set: names beyond these share one row.
constexpr std::size_t most_files = 100'000;
constexpr std::size_t most_name_bytes = 32 << 20;

/// ERESTARTSYS, ERESTARTNOINTR, ERESTARTNOHAND, ERESTART_RESTARTBLOCK (include/linux/errno.h): what the kernel itself
/// returns when a signal came in between. Programs never see them: the call goes on, or fails with EINTR.
bool interrupts(std::int64_t value) {
  return value == -512 || value == -513 || value == -514 || value == -516;
}

bool ends_the_thread(const Entry& entry) {
  return entry.native && (entry.number == SYS_exit || entry.number == SYS_exit_group);
}

/// Whether `entry` is where the kernel takes `earlier` up again.
bool resumes(const Entry& earlier, const Entry& entry) {
  if (entry.number == SYS_restart_syscall && entry.native) return true;
  return entry.number == earlier.number && entry.native == earlier.native && entry.arguments == earlier.arguments &&
         (earlier.instruction == 0 || entry.instruction == earlier.instruction);
}

void add_error(std::vector<ErrorCount>& errors, int number) {
  const auto found = std::ranges::find(errors, number, &ErrorCount::errno_value);
  if (found != errors.end()) {
    ++found->count;
  } else {
    errors.push_back({number, 1});
  }
}

}  // namespace

Ledger::Known& Ledger::known(const Entry& entry) {
  const std::int64_t key = entry.native ? std::int64_t{entry.number} : ~std::int64_t{entry.number};
  const auto [found, fresh] = calls_.try_emplace(key);
  Known& one = found->second;
  if (!fresh) return one;
  const std::string_view name = entry.native ? proc::name_of_call(entry.number) : std::string_view();
  one.use = proc::use_of_call(name);
  one.call.name =
      !name.empty() ? std::string(name) : fmt::format("{}call {}", entry.native ? "" : "32-bit ", entry.number);
  return one;
}

std::optional<std::size_t> Ledger::file_of(std::string path) {
  if (path.empty()) return std::nullopt;
  if (const auto found = file_index_.find(path); found != file_index_.end()) return found->second;
  if (files_.size() >= most_files || name_bytes_ + path.size() > most_name_bytes) path.clear();
  const auto [place, fresh] = file_index_.try_emplace(path, files_.size());
  if (fresh) {
    name_bytes_ += path.size();
    files_.push_back({.path = std::move(path)});
  }
  return place->second;
}

std::optional<std::size_t> Ledger::file_of_descriptor(ThreadRef thread, std::uint64_t argument) {
  const auto number = static_cast<std::int32_t>(argument);  // the kernel, too, takes the lower half
  return number < 0 ? std::nullopt : file_of(namer_.descriptor(thread, number));
}

Ledger::Call Ledger::begin(ThreadRef thread, const Entry& entry, std::int64_t now) {
  Call call{.entry = entry, .since = now, .file = {}, .second = {}, .opening = {}};
  const proc::CallUse* const use = known(entry).use;
  if (use == nullptr) return call;
  const auto argument = [&](int index) { return entry.arguments[static_cast<std::size_t>(index)]; };
  if (use->descriptor >= 0) call.file = file_of_descriptor(thread, argument(use->descriptor));
  if (use->second >= 0) call.second = file_of_descriptor(thread, argument(use->second));
  if (use->path >= 0) {
    const int directory = use->directory < 0 ? AT_FDCWD : static_cast<int>(argument(use->directory));
    std::string path = namer_.path(thread, directory, argument(use->path));
    if (use->effect == proc::Effect::opens) {
      call.opening = std::move(path);
    } else {
      call.file = file_of(std::move(path));
    }
  }
  return call;
}

void Ledger::thread_began(ThreadRef thread, std::int64_t now, const std::optional<Entry>& begun) {
  Thread& one = threads_[thread.thread];
  one.ref = thread;
  if (!begun || one.current) return;
  one.interrupted = begin(thread, *begun, now);
  one.interrupted->begun_before = true;
}

void Ledger::entered(ThreadRef thread, const Entry& entry, std::int64_t now) {
  Thread& one = threads_[thread.thread];
  one.ref = thread;
  one.current.reset();
  if (one.interrupted && resumes(one.interrupted->entry, entry)) {
    one.current = std::exchange(one.interrupted, std::nullopt);
    return;
  }
  // It had ended by itself: only a call that a signal was seen to interrupt may come back after a handler.
  if (one.interrupted && one.interrupted->begun_before) one.interrupted.reset();
  one.current = begin(thread, entry, now);
}

void Ledger::left(ThreadRef thread, std::int64_t value, bool error, std::int64_t now) {
  const auto found = threads_.find(thread.thread);
  if (found == threads_.end() || !found->second.current) return;
  Thread& one = found->second;
  Call call = *std::exchange(one.current, std::nullopt);
  if (error && interrupts(value)) {
    if (one.interrupted) count(*one.interrupted, -EINTR, true, one.interrupted->interrupted_at);
    call.begun_before = false;
    call.interrupted_at = now;
    one.interrupted = std::move(call);
    return;
  }
  if (call.entry.native && call.entry.number == SYS_rt_sigreturn) {
    // It "returns" what the interrupted call did: the handler is over, and the call is not taken up again.
    if (one.interrupted && value == -EINTR) {
      count(*std::exchange(one.interrupted, std::nullopt), -EINTR, true, now);
    }
    error = false;
  }
  heed_effect(one.ref, call, value, error);
  count(call, value, error, now);
}

/// What a call did to the descriptors of its process. Threads are not heard in the order in which they acted: a number
/// that was just given out names something new, even if its close was not heard of yet.
void Ledger::heed_effect(ThreadRef thread, Call& call, std::int64_t value, bool error) {
  const proc::CallUse* const use = known(call.entry).use;
  switch (use == nullptr ? proc::Effect::none : use->effect) {
    case proc::Effect::none: break;
    case proc::Effect::opens:
      if (!error) namer_.forget(thread.process, static_cast<int>(value));
      if (use->path < 0) break;
      if (!error) call.file = file_of_descriptor(thread, static_cast<std::uint64_t>(value));
      if (!call.file) call.file = file_of(std::move(call.opening));
      break;
    case proc::Effect::closes: namer_.forget(thread.process, static_cast<int>(call.entry.arguments[0])); break;
    case proc::Effect::replaces: namer_.forget(thread.process, static_cast<int>(call.entry.arguments[1])); break;
    case proc::Effect::closes_many: namer_.forget(thread.process, -1); break;
  }
}

void Ledger::count_file(std::size_t file, std::int64_t duration, bool error) {
  TracedFile& one = files_[file];
  ++one.calls;
  if (error) ++one.errors;
  one.total_ns += duration;
  one.max_ns = std::max(one.max_ns, duration);
}

void Ledger::count(const Call& call, std::int64_t value, bool error, std::int64_t now) {
  const std::int64_t duration = std::max<std::int64_t>(now - call.since, 0);
  Known& what = known(call.entry);
  ++what.call.calls;
  what.call.total_ns += duration;
  what.call.max_ns = std::max(what.call.max_ns, duration);
  what.call.durations.add(duration);
  if (error) add_error(what.call.errors, static_cast<int>(-std::max<std::int64_t>(value, INT_MIN + 1)));
  if (call.file) count_file(*call.file, duration, error);
  if (call.second && call.second != call.file) count_file(*call.second, duration, error);
  if (error || value <= 0 || what.use == nullptr || what.use->moves == proc::Moves::nothing) return;
  const auto bytes = static_cast<std::uint64_t>(value);
  const bool out = what.use->moves == proc::Moves::out;
  if (call.file) (out ? files_[*call.file].written_bytes : files_[*call.file].read_bytes) += bytes;
  if (call.second) files_[*call.second].written_bytes += bytes;
}

void Ledger::count_unfinished(const Call& call, std::int64_t now) {
  TracedCall& what = known(call.entry).call;
  const std::int64_t duration = std::max<std::int64_t>(now - call.since, 0);
  ++what.unfinished;
  what.unfinished_ns += duration;
  what.max_ns = std::max(what.max_ns, duration);
  const std::optional<std::size_t> opening = file_of(call.opening);
  for (const std::optional<std::size_t>& file : {call.file, call.second, opening}) {
    if (!file) continue;
    files_[*file].unfinished_ns += duration;
    files_[*file].max_ns = std::max(files_[*file].max_ns, duration);
  }
}

void Ledger::end(Thread& thread, std::int64_t now) {
  if (thread.current && ends_the_thread(thread.current->entry)) {
    ++known(thread.current->entry).call.calls;
  } else if (thread.current) {
    count_unfinished(*thread.current, now);
  } else if (thread.interrupted) {
    count_unfinished(*thread.interrupted, now);
  }
}

void Ledger::thread_ended(ThreadRef thread, std::int64_t now) {
  const auto found = threads_.find(thread.thread);
  if (found == threads_.end()) return;
  end(found->second, now);
  threads_.erase(found);
}

void Ledger::renamed(pid_t former, ThreadRef now_known_as) {
  const auto found = threads_.find(former);
  if (found != threads_.end() && former != now_known_as.thread) {
    Thread moved = std::move(found->second);
    threads_.erase(found);
    moved.ref = now_known_as;
    threads_.insert_or_assign(now_known_as.thread, std::move(moved));
  }
  namer_.forget(now_known_as.process, -1);
}

CallTrace Ledger::finish(std::int64_t now) {
  for (auto& [id, thread] : threads_) end(thread, now);
  threads_.clear();
  CallTrace trace;
  for (auto& [key, known] : calls_) {
    if (known.call.calls + known.call.unfinished > 0) trace.calls.push_back(std::move(known.call));
  }
  const auto time = [](const TracedCall& call) { return call.total_ns + call.unfinished_ns; };
  std::ranges::sort(trace.calls, {}, &TracedCall::name);
  std::ranges::stable_sort(trace.calls, std::ranges::greater(), time);
  const auto file_time = [](const TracedFile& file) { return file.total_ns + file.unfinished_ns; };
  std::erase_if(files_, [&](const TracedFile& file) { return file.calls == 0 && file_time(file) == 0; });
  std::ranges::sort(files_, {}, &TracedFile::path);
  std::ranges::stable_sort(files_, std::ranges::greater(), file_time);
  trace.files = std::move(files_);
  return trace;
}

}  // namespace vigie::trace
