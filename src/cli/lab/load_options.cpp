#include "cli/lab/load_options.hpp"

#include <cstdlib>
#include <sstream>

#include <fmt/format.h>

#include "base/number.hpp"
#include "base/text.hpp"
#include "base/units.hpp"
#include "cli/command.hpp"

namespace vigie::cli {
namespace {

constexpr double longest_seconds = 24 * 3600;

/// "30%", "0.3" of a CPU; "16M" bytes; "20" steps.
Result<double> parse_rate(const std::string& text, std::string_view unit) {
  if (unit == "bytes") {
    Result<std::uint64_t> bytes = parse_size(text.ends_with("/s") ? text.substr(0, text.size() - 2) : text);
    if (!bytes) return pass(std::move(bytes));
    if (*bytes == 0) return fail("--rate wants more than nothing", ErrorKind::usage);
    return static_cast<double>(*bytes);
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

/// Options that this kind does not have are a misunderstanding, never ignored.
Result<void> check_options(const LoadOptions& options, const load::Kind& kind) {
  using enum load::Takes;
  const struct {
    bool given;
    load::Takes what;
    std::string_view name;
  } all[] = {
      {options.cpus.has_value(), cpus, "--cpus"},       {!options.size.empty(), size, "--size"},
      {!options.rate.empty(), rate, "--rate"},          {options.count.has_value(), count, "--count"},
      {!options.directory.empty(), directory, "--dir"}, {!options.checkpoint.empty(), checkpoint, "--checkpoint"}};
  for (const auto& [given, what, name] : all) {
    if (given && !kind.takes.has(what))
      return fail(fmt::format("load {} has no {}: {}", kind.name, name, kind.summary), ErrorKind::usage);
  }
  return {};
}

}  // namespace

void add_load_options(Command& command, LoadOptions& options) {
  command.option("KIND", options.kind, "cpu, memory, disk, net, threads, zombie, leak, hang, shm or training");
  command.option("--for", options.duration, "how long, a day at most").value_name("DURATION").show_default();
  command.option("--size", options.size, "how much: of memory, disk, leak, shm; the peaks of training")
      .value_name("SIZE");
  command.option("--rate", options.rate,
                 "how fast: cpu in percent, disk, net and leak in bytes a second, training in "
                 "steps a second");
  command.option("--count", options.count, "how many: threads, zombies, workers of a training").value_name("N");
  command.option("--cpus", options.cpus, "how many CPUs are kept busy").value_name("N");
  command.option("--dir", options.directory, "where the file of disk is written (default: vigie's state directory)")
      .value_name("DIR");
  command.option("--checkpoint", options.checkpoint, "where a training saves, and goes on from").value_name("FILE");
  command.flag("--dry-run", options.dry_run, "print what would be done and do nothing");
  command.flag("--json", options.json, "at the end one JSON document");
}

Result<LoadOptions> what_is_meant(const LoadOptions& given) {
  if (given.kind != "riddle") return given;
  const char* const variable = std::getenv("LOAD_RIDDLE");
  if (variable == nullptr)
    return fail("load riddle takes what to do from LOAD_RIDDLE, which is not set", ErrorKind::usage);
  LoadOptions meant = given;
  std::istringstream words(variable);
  words >> meant.kind;
  for (std::string name, value; words >> name >> value;) {
    if (name == "--size") meant.size = value;
    if (name == "--rate") meant.rate = value;
    if (name == "--count") meant.count = whole_number<std::size_t>(value);
  }
  return meant;
}

Result<load::Request> request_of(LoadOptions& options, const load::Kind& kind) {
  if (Result<void> good = check_options(options, kind); !good) return pass(std::move(good));
  load::Request request;
  request.directory = options.directory;
  request.checkpoint = options.checkpoint;
  Result<double> seconds = parse_duration(options.duration);
  if (!seconds) return pass(std::move(seconds));
  if (*seconds <= 0 || *seconds > longest_seconds)
    return fail("--for wants more than nothing, and a day at most", ErrorKind::usage);
  request.seconds = *seconds;
  if (!options.size.empty()) {
    Result<std::uint64_t> bytes = parse_size(options.size);
    if (!bytes) return pass(std::move(bytes));
    request.size_bytes = *bytes;
  }
  if (!options.rate.empty()) {
    Result<double> rate = parse_rate(options.rate, kind.rate_unit);
    if (!rate) return pass(std::move(rate));
    request.rate = *rate;
  }
  if (const std::optional<std::size_t>& many = options.cpus ? options.cpus : options.count) {
    Result<unsigned> number = small_number(*many, options.cpus ? "--cpus" : "--count");
    if (!number) return pass(std::move(number));
    request.count = *number;
  }
  options.takes_memory = kind.name == "memory" || kind.name == "leak" || kind.name == "shm" || kind.name == "training";
  return request;
}

}  // namespace vigie::cli
