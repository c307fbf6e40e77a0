// vigie load: keeps something busy or full on purpose, bounded, and cleans up.
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <memory>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/clock.hpp"
#include "base/suggestion.hpp"
#include "base/text.hpp"
#include "base/units.hpp"
#include "cli/command.hpp"
#include "cli/lab/load_options.hpp"
#include "cli/look.hpp"
#include "cli/say.hpp"
#include "load/kinds.hpp"
#include "load/leftovers.hpp"
#include "load/room.hpp"

namespace vigie::cli {
namespace {

/// How a load came to its end.
struct Ending {
  std::string why;  ///< "time is over", "finished", "SIGTERM"
  int signal = 0;
};

/// Signals that end a load, blocked from here on and waited for. Who ignores one (nohup) goes on ignoring it: blocked,
/// it would be waited for as well.
sigset_t block_endings() {
  sigset_t signals;
  ::sigemptyset(&signals);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT}) {
    struct sigaction action{};
    ::sigaction(signal, nullptr, &action);
    if (action.sa_handler != SIG_IGN) ::sigaddset(&signals, signal);
  }
  ::sigprocmask(SIG_BLOCK, &signals, nullptr);
  ::signal(SIGPIPE, SIG_IGN);  // whoever read the output is gone: no reason to leave files behind
  return signals;
}

void draw(const LoadOptions& options, load::Load& work, bool terminal) {
  if (terminal) aside("\r{}: {}\x1b[K", options.kind, work.so_far());
  // Where a log is kept, only what somebody may follow from there: a training's progress bar.
  if (!terminal && options.kind == "training") aside("\r{}: {}", options.kind, work.so_far());
}

/// Until the time is over, it is finished, it fails or a signal ends it.
Result<Ending> keep(const LoadOptions& options, load::Load& work, double seconds, const sigset_t& signals) {
  constexpr double tick_seconds = 0.25;
  const bool terminal = ::isatty(STDERR_FILENO) == 1 && !options.json;
  const Instant began = now();
  while (true) {
    if (std::optional<Error> trouble = work.trouble()) return std::unexpected(std::move(*trouble));
    const double left = seconds - seconds_between(began, now());
    if (work.finished()) return Ending{.why = "finished"};
    if (left <= 0) return Ending{.why = "time is over"};
    if (!options.json) draw(options, work, terminal);
    const timespec time{0, static_cast<long>(std::min(left, tick_seconds) * nanoseconds_per_second)};
    const int signal = ::sigtimedwait(&signals, nullptr, &time);
    if (signal > 0) return Ending{.why = fmt::format("SIG{}", ::sigabbrev_np(signal)), .signal = signal};
    if (options.takes_memory && load::memory_is_short(load::look_at_room()))
      return fail("the machine has little memory left: giving back what was taken");
  }
}

void print_end(const LoadOptions& options, load::Load& work, const Ending& ending, double seconds) {
  if (!options.json) {
    // The pieces of a line that was drawn again and again end here.
    if (::isatty(STDERR_FILENO) == 1) {
      aside("\r\x1b[K");
    } else if (options.kind == "training") {
      aside("\n");
    }
    say("{}: {} in {}; ended: {}\n", options.kind, work.so_far(), human_duration(seconds), ending.why);
    return;
  }
  nlohmann::json row{{"kind", options.kind}, {"pid", ::getpid()}, {"elapsed_seconds", seconds}, {"ended", ending.why}};
  for (const auto& [name, value] : work.amounts()) row[name] = value;
  say_json({{"vigie", "1"}, {"load", row}});
}

Result<int> run_load(const LoadOptions& options, const load::Kind& kind, const load::Request& request) {
  Result<load::Leftovers> leftovers = load::Leftovers::open(kind.name);
  if (!leftovers) return pass(std::move(leftovers));
  Result<std::unique_ptr<load::Load>> work = kind.make(request, load::look_at_room(), *leftovers);
  if (!work) return pass(std::move(work));
  const std::string sentence =
      fmt::format("load {}: {} for {}", kind.name, (*work)->plan(), human_duration(request.seconds));
  if (options.dry_run) {
    const nlohmann::json row{{"kind", kind.name}, {"plan", (*work)->plan()}, {"result", "would be done"}};
    if (options.json) {
      say_json({{"vigie", "1"}, {"load", row}});
    } else {
      say("{}\n", sentence);
    }
    return 0;
  }
  const sigset_t signals = block_endings();
  if (!options.json) complain("{} (pid {}); Ctrl-C ends it", sentence, ::getpid());
  const Instant began = now();
  if (Result<void> started = (*work)->start(); !started) return pass(std::move(started));
  Result<Ending> ending = keep(options, **work, request.seconds, signals);
  const double seconds = seconds_between(began, now());
  (*work)->about_to_end(ending ? ending->why : "failed");
  if (!ending && !options.json && ::isatty(STDERR_FILENO) == 1) aside("\r\x1b[K");
  if (!ending) return pass(std::move(ending));
  if (std::optional<Error> trouble = (*work)->trouble()) return std::unexpected(std::move(*trouble));
  print_end(options, **work, *ending, seconds);
  return ending->signal == 0 ? 0 : 128 + ending->signal;
}

Result<int> load_command(const LoadOptions& given) {
  Result<std::vector<std::string>> removed = load::remove_leftovers();
  if (!removed) return pass(std::move(removed));
  for (const std::string& sentence : *removed) complain("{}", sentence);
  if (given.kind.empty()) {
    for (const load::Kind& kind : load::kinds()) say("{:<9} {}\n", kind.name, kind.summary);
    return 0;
  }
  Result<LoadOptions> options = what_is_meant(given);
  if (!options) return pass(std::move(options));
  const load::Kind* const kind = load::find_kind(options->kind);
  if (kind == nullptr) {
    std::vector<std::string> names;
    for (const load::Kind& one : load::kinds()) names.emplace_back(one.name);
    return fail(fmt::format("there is no load \"{}\"{}: `vigie load` lists them", safe_text(options->kind),
                            suggestion(options->kind, names)),
                ErrorKind::usage);
  }
  Result<load::Request> request = request_of(*options, *kind);
  if (!request) return pass(std::move(request));
  return run_load(*options, *kind, *request);
}

}  // namespace

void define_load(Command& command) {
  auto options = std::make_shared<LoadOptions>();
  command.examples(
      "Examples:\n"
      "  vigie load                           the kinds, and what each does by itself\n"
      "  vigie load cpu --cpus 2 --for 30s\n"
      "  vigie load disk --dir /scratch       writes and reads a file there, and removes it\n"
      "  vigie load leak --rate 50M           until an alert comes, or the bound\n"
      "  vigie run -- vigie load training     something like a training, without a framework\n"
      "Each is bounded in time and amount, refuses what would leave others too little, and removes what it made. What "
      "a\n"
      "SIGKILL left is removed by the next start. Ended by a signal, it exits with 128 + its number.");
  add_load_options(command, *options);
  command.does([options] { return load_command(*options); });
}

}  // namespace vigie::cli
