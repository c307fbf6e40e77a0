// vigie limit: limits for a whole tree, through control groups.
#include "act/limit.hpp"

#include <memory>

#include "base/units.hpp"
#include "cli/act/acting.hpp"
#include "cli/command.hpp"

namespace vigie::cli {
namespace {

struct Options : ActingOptions {
  std::string memory, cpu, io;
};

/// Reads one limit into `into`, where the option is given, and notes it as it is said.
template <class Value>
Result<void> read_limit(const char* name, const std::string& text, Result<Value> (*parse)(std::string_view),
                        std::optional<Value>& into, std::string& said) {
  if (text.empty()) return {};
  ASSIGN_OR_RETURN(into, parse(text));
  said += (said.empty() ? "" : " ") + std::string(name) + " " + text;
  return {};
}

Result<act::LimitWish> wish_of(const Options& options) {
  act::LimitWish wish;
  control::Limits& limits = wish.limits;
  Result<void> read = read_limit("memory", options.memory, act::parse_memory_limit, limits.memory_bytes, wish.said);
  if (read) read = read_limit("cpu", options.cpu, act::parse_cpu_count, limits.cpus, wish.said);
  if (read) read = read_limit("io", options.io, act::parse_rate, limits.io_bytes_per_second, wish.said);
  RETURN_IF_ERROR(read);
  if (wish.said.empty()) return fail("say what to limit: --memory SIZE, --cpu N, --io RATE", ErrorKind::usage);
  return wish;
}

Result<int> limit(const Options& options) {
  const Result<act::LimitWish> wish = wish_of(options);
  RETURN_IF_ERROR(wish);
  return act_on_targets(options, act::limit(*wish));
}

}  // namespace

void define_limit(Command& command) {
  auto options = std::make_shared<Options>();
  command.examples(
      "Examples:\n"
      "  vigie limit resnet --memory 64G        all of it together; beyond that the kernel kills\n"
      "  vigie limit resnet --cpu 4             no more than four CPUs' worth of time\n"
      "  vigie limit resnet --io 100M           bytes a second, each of reading and writing, of each disk");
  add_acting_options(command, *options);
  command.option("--memory", options->memory, "bytes that all processes together may use, without swap")
      .value_name("SIZE");
  command.option("--cpu", options->cpu, "CPUs' worth of time, like 4 or 0.5").value_name("N");
  command.option("--io", options->io, "bytes a second from and to each disk").value_name("RATE");
  command.does([options] { return limit(*options); });
}

}  // namespace vigie::cli
