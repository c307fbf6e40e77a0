#include "cli/run_life.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>

#include <fmt/format.h>

#include "base/boot.hpp"
#include "base/clock.hpp"
#include "base/text.hpp"
#include "control/process.hpp"
#include "shim/launch.hpp"
#include "shim/run_group.hpp"
#include "wire/record_list.hpp"
#include "wire/run_directory.hpp"

namespace vigie::cli {
namespace {

std::string random_id() {
  constexpr std::string_view letters = "abcdefghijkmnpqrstuvwxyz23456789";  // 32, none that look alike
  unsigned char bytes[6];
  std::string id;
  if (::getrandom(bytes, sizeof bytes, 0) != sizeof bytes)
    std::ranges::fill(bytes, static_cast<unsigned char>(::getpid()));
  for (const unsigned char byte : bytes) id += letters[byte % letters.size()];
  return id;
}

/// train for "python3 -u examples/train.py --epochs 3", sleep for "/bin/sleep 5", run-7z for "7z".
std::string name_from(const std::vector<std::string>& command) {
  std::string from = command.front();
  for (const std::string& argument : command) {
    if (argument.ends_with(".py")) {
      from = argument;
      break;
    }
  }
  std::string name = std::filesystem::path(from).stem().string();
  std::erase_if(
      name, [](char c) { return !std::isalnum(static_cast<unsigned char>(c)) && c != '-' && c != '_' && c != '.'; });
  if (name.empty()) return "run";
  return std::isalpha(static_cast<unsigned char>(name[0])) ? name : "run-" + name;
}

Result<void> check_name(const std::string& name) {
  const bool good = !name.empty() && name.size() <= 64 && std::isalpha(static_cast<unsigned char>(name[0])) &&
                    std::ranges::all_of(name, [](char c) {
                      return std::isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '_' || c == '.';
                    });
  if (good) return {};
  return fail("the name " + safe_text(name) +
                  " will not do: start with a letter, then letters, digits, '-', '_' or '.', at most 64",
              ErrorKind::usage);
}

/// The name that is wanted, or else the first free one of train, train-2, train-3, ...
Result<std::string> choose_name(const RunSpec& spec, const std::string& wanted) {
  if (!wanted.empty()) {
    if (Result<void> good = check_name(wanted); !good) return pass(std::move(good));
  }
  std::string first = wanted.empty() ? name_from(spec.command) : wanted;
  const Result<std::vector<RunRecord>> records = wire::list_records_like(first);
  if (!records) return std::unexpected(records.error());
  const auto taken = [&](const std::string& name) { return std::ranges::find(*records, name, &RunRecord::name); };
  const auto other = taken(first);
  if (other == records->end()) return first;
  if (!wanted.empty()) {
    return fail(
        fmt::format("a run named {} exists already ({}, {}): choose another name, or `vigie rm {}` once it is over",
                    wanted, other->id, name_of(other->state), wanted));
  }
  for (int number = 2;; ++number) {
    if (std::string name = fmt::format("{}-{}", first, number); taken(name) == records->end()) return name;
  }
}

}  // namespace

Result<RunRecord> create_run(const RunRecord& wanted, const std::string& name) {
  Result<std::string> runs = wire::prepare_runs_directory();
  if (!runs) return pass(std::move(runs));
  // Held until the record exists, so that two clients cannot take the same name.
  const Fd lock(::open((*runs + "/.lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!lock || ::flock(lock.get(), LOCK_EX) != 0) return fail_errno("cannot lock " + *runs, errno);
  Result<std::string> chosen = choose_name(wanted.spec, name);
  if (!chosen) return pass(std::move(chosen));
  RunRecord record = wanted;
  record.name = *chosen;
  record.boot_id = boot_id();
  record.created_wall_ns = now().wall_ns;
  do {
    record.id = random_id();
    record.directory = *runs + "/" + record.id;
  } while (::mkdir(record.directory.c_str(), 0700) != 0 && errno == EEXIST);
  // Its keeper writes the next one, which is kept for sure, before anything is started.
  if (Result<void> written = wire::write_record(record, wire::Kept::loosely); !written) {
    std::error_code ignored;
    std::filesystem::remove_all(record.directory, ignored);
    return pass(std::move(written));
  }
  return record;
}

Result<bool> start_run(const RunRecord& record) {
  Result<pid_t> started = shim::launch(record);
  if (started) return *started != 0;
  // A keeper that was killed may have let the command go: what it executed must not be a run that nobody knows of.
  const Result<RunRecord> left = wire::read_record(record.directory);
  if (left && left->leader != record.leader && !left->exit) {
    return fail(
        fmt::format("the keeper of {0} was killed while it started it: `vigie ls` shows what became of it, and "
                    "`vigie kill {0}` ends what is left",
                    record.name));
  }
  if (record.attempt == 1) {
    std::error_code ignored;
    std::filesystem::remove_all(record.directory, ignored);
  }
  return pass(std::move(started));
}

namespace {

/// Waits until nobody keeps this attempt any more. False when time ran out first.
bool wait_for_keepers(const RunRecord& record, double timeout_seconds) {
  // The holder ends after the final record is durable; a shim that outlived its holder still writes the end.
  for (const ProcessId keeper : {record.holder, record.shim}) {
    const Result<Fd> alive = control::open_process(keeper);
    if (alive && !control::wait_for_end(*alive, timeout_seconds)) return false;
  }
  return true;
}

}  // namespace

Result<RunRecord> wait_until_over(const std::string& directory, double timeout_seconds) {
  const Instant begin = now();
  Result<RunRecord> record = wire::read_record(directory);
  while (record && !is_over(record->state)) {
    if (record->boot_id != boot_id()) record->state = RunState::lost;
    if (is_over(record->state)) break;
    // While the identity of its holder is not yet written it is about to be.
    for (int tries = 0; record && record->holder.pid == 0 && tries < 50; ++tries) {
      ::poll(nullptr, 0, 20);
      record = wire::read_record(directory);
    }
    if (!record || is_over(record->state)) break;
    const RunRecord waited_for = *record;
    const double left = timeout_seconds < 0 ? -1 : std::max(timeout_seconds - seconds_between(begin, now()), 0.0);
    const bool ended = wait_for_keepers(*record, left);
    record = wire::read_record(directory);
    if (!ended || !record || is_over(record->state)) break;
    // Another holder has taken over for the next attempt, or nobody has.
    if (record->holder == waited_for.holder) record->state = RunState::lost;
  }
  return record;
}

bool await_listener(const RunRecord& record, const Error& refused) {
  constexpr int moment_ms = 20;
  const int error = refused.errno_value;
  if (error != ENOENT && error != ECONNREFUSED && error != ECONNRESET && error != EPIPE) return false;
  const Result<RunRecord> now = wait_until_over(record.directory, 0);
  if (!now || is_over(now->state)) return false;
  ::poll(nullptr, 0, moment_ms);
  return true;
}

namespace {

/// Forgotten in one step: whoever looks for it by name from then on finds nothing. What still writes in it (a hook,
/// git) may make it take another try.
Result<void> remove_directory(const std::string& directory) {
  const std::size_t slash = directory.rfind('/');
  const std::string hidden = directory.substr(0, slash + 1) + ".removed-" + directory.substr(slash + 1);
  if (::rename(directory.c_str(), hidden.c_str()) != 0) return fail_errno("cannot remove " + directory, errno);
  std::error_code error;
  for (int tries = 0; tries < 100; ++tries) {
    std::filesystem::remove_all(hidden, error);
    if (!error && ::access(hidden.c_str(), F_OK) != 0) return {};
    ::poll(nullptr, 0, 10);
  }
  return fail("cannot remove " + hidden + ": " + error.message());
}

}  // namespace

Result<void> forget_run(const RunRecord& record) {
  RunRecord copy = record;
  shim::remove_group(copy);  // a keeper that was killed could not
  return remove_directory(record.directory);
}

int shell_status(const RunRecord& record) {
  if (!record.exit) return 1;
  switch (record.exit->kind) {
    case ExitRecord::Kind::code: return record.exit->value;
    case ExitRecord::Kind::signal: return 128 + record.exit->value;
    case ExitRecord::Kind::unknown: break;
  }
  return 1;
}

std::string describe_end(const RunRecord& record) {
  std::string reason = record.leader.pid == 0 ? "it was never started: who wanted or kept it was killed before"
                                              : "how it ended is not known";
  if (record.exit) reason = record.exit->reason;
  return fmt::format("{}: {}", name_of(record.state), reason);
}

}  // namespace vigie::cli
