#include "act/load.hpp"

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <sstream>
#include <vector>

#include <fmt/format.h>

#include "base/clock.hpp"
#include "base/number.hpp"
#include "base/suggestion.hpp"
#include "base/text.hpp"
#include "base/units.hpp"
#include "load/room.hpp"

namespace vigie::act {
namespace {

constexpr double longest_seconds = 24 * 3600;

/// "30%", "0.3" of a CPU; "16M" bytes; "20" steps.
Result<double> parse_rate(const std::string& text, std::string_view unit) {
  if (unit == "bytes") {
    ASSIGN_OR_RETURN(std::uint64_t bytes, parse_size(text.ends_with("/s") ? text.substr(0, text.size() - 2) : text));
    if (bytes == 0) return fail("--rate wants more than nothing", ErrorKind::usage);
    return static_cast<double>(bytes);
  }
  char* end = nullptr;
  const double number = std::strtod(text.c_str(), &end);
  const bool percent = unit == "%" && std::string_view(end) == "%";
  if (end == text.c_str() || (*end != '\0' && !percent) || !(number > 0) || number > 1e6) {
    return fail(fmt::format("--rate wants {}, not {}", unit == "%" ? "a percentage like 30%" : "steps a second",
                            safe_text(text)),
                ErrorKind::usage);
  }
  return unit == "%" ? number / 100 : number;
}

Result<unsigned> small_number(std::size_t number, std::string_view option) {
  constexpr std::size_t most = 1'000'000;
  if (number <= most) return static_cast<unsigned>(number);
  return fail(fmt::format("{} wants {} at most", option, most), ErrorKind::usage);
}

/// Options that this kind does not have are an error, never ignored.
Result<void> check_options(const LoadWish& wish, const load::Kind& kind) {
  using enum load::Takes;
  const struct {
    bool given;
    load::Takes what;
    std::string_view name;
  } all[] = {{wish.cpus.has_value(), cpus, "--cpus"},       {!wish.size.empty(), size, "--size"},
             {!wish.rate.empty(), rate, "--rate"},          {wish.count.has_value(), count, "--count"},
             {!wish.directory.empty(), directory, "--dir"}, {!wish.checkpoint.empty(), checkpoint, "--checkpoint"}};
  for (const auto& [given, what, name] : all) {
    if (given && !kind.takes.has(what))
      return fail(fmt::format("load {} has no {}: {}", kind.name, name, kind.summary), ErrorKind::usage);
  }
  return {};
}

/// Signals that end a load, blocked from here on and waited for. One that is ignored (nohup) stays ignored: blocked, it
/// would be waited for as well.
sigset_t block_endings() {
  sigset_t signals;
  ::sigemptyset(&signals);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT}) {
    struct sigaction action{};
    ::sigaction(signal, nullptr, &action);
    if (action.sa_handler != SIG_IGN) ::sigaddset(&signals, signal);
  }
  ::sigprocmask(SIG_BLOCK, &signals, nullptr);
  ::signal(SIGPIPE, SIG_IGN);  // when the reader of the output is gone, files must be removed all the same
  return signals;
}

bool takes_memory(const load::Kind& kind) {
  return kind.name == "memory" || kind.name == "leak" || kind.name == "shm" || kind.name == "training";
}

/// One look of many: its end, if it has come.
Result<std::optional<LoadEnding>> look_at(load::Load& work, bool memory, double left, const sigset_t& signals) {
  constexpr double tick_seconds = 0.25;
  const timespec time{0, static_cast<long>(std::min(left, tick_seconds) * nanoseconds_per_second)};
  const int signal = ::sigtimedwait(&signals, nullptr, &time);
  if (signal > 0) return LoadEnding{.why = fmt::format("SIG{}", ::sigabbrev_np(signal)), .signal = signal};
  if (memory && load::memory_is_short(load::look_at_room()))
    return fail("the machine has little memory left: giving back what was taken");
  if (std::optional<Error> trouble = work.trouble()) return std::unexpected(std::move(*trouble));
  return std::optional<LoadEnding>();
}

Result<LoadEnding> keep_until(load::Load& work, bool memory, double seconds, const sigset_t& signals,
                              const std::function<void(bool)>& looked) {
  const Instant began = now();
  if (std::optional<Error> trouble = work.trouble()) return std::unexpected(std::move(*trouble));
  while (true) {
    const double left = seconds - seconds_between(began, now());
    if (work.finished()) return LoadEnding{.why = "finished"};
    if (left <= 0) return LoadEnding{.why = "time is over"};
    looked(false);
    ASSIGN_OR_RETURN(std::optional<LoadEnding> end, look_at(work, memory, left, signals));
    if (end) return std::move(*end);
  }
}

}  // namespace

Result<const load::Kind*> kind_of(const LoadWish& wish) {
  if (const load::Kind* const kind = load::find_kind(wish.kind); kind != nullptr) return kind;
  std::vector<std::string> names;
  for (const load::Kind& one : load::kinds()) names.emplace_back(one.name);
  return fail(fmt::format("there is no load \"{}\"{}: `vigie load` lists them", safe_text(wish.kind),
                          suggestion(wish.kind, names)),
              ErrorKind::usage);
}

Result<LoadWish> what_is_meant(const LoadWish& given) {
  if (given.kind != "riddle") return given;
  const char* const variable = std::getenv("LOAD_RIDDLE");
  if (variable == nullptr)
    return fail("load riddle takes what to do from LOAD_RIDDLE, which is not set", ErrorKind::usage);
  LoadWish meant = given;
  std::istringstream words(variable);
  words >> meant.kind;
  for (std::string name, value; words >> name >> value;) {
    if (name == "--size") meant.size = value;
    if (name == "--rate") meant.rate = value;
    if (name == "--count") meant.count = whole_number<std::size_t>(value);
  }
  return meant;
}

Result<load::Request> request_of(const LoadWish& wish, const load::Kind& kind) {
  RETURN_IF_ERROR(check_options(wish, kind));
  load::Request request;
  request.directory = wish.directory;
  request.checkpoint = wish.checkpoint;
  ASSIGN_OR_RETURN(double seconds, parse_duration(wish.duration));
  if (seconds <= 0 || seconds > longest_seconds)
    return fail("--for wants more than nothing, and a day at most", ErrorKind::usage);
  request.seconds = seconds;
  if (!wish.size.empty()) {
    ASSIGN_OR_RETURN(request.size_bytes, parse_size(wish.size));
  }
  if (!wish.rate.empty()) {
    ASSIGN_OR_RETURN(double rate, parse_rate(wish.rate, kind.rate_unit));
    request.rate = rate;
  }
  if (const std::optional<std::size_t>& many = wish.cpus ? wish.cpus : wish.count) {
    ASSIGN_OR_RETURN(request.count, small_number(*many, wish.cpus ? "--cpus" : "--count"));
  }
  return request;
}

Result<LoadEnding> keep_load(load::Load& work, const load::Kind& kind, double seconds,
                             const std::function<void(bool begins)>& looked) {
  const sigset_t signals = block_endings();
  looked(true);
  const Instant began = now();
  RETURN_IF_ERROR(work.start());
  Result<LoadEnding> ending = keep_until(work, takes_memory(kind), seconds, signals, looked);
  if (ending) ending->seconds = seconds_between(began, now());
  work.about_to_end(ending ? ending->why : "failed");
  if (std::optional<Error> trouble = work.trouble(); ending && trouble) return std::unexpected(std::move(*trouble));
  return ending;
}

}  // namespace vigie::act
