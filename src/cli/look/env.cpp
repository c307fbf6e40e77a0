// vigie env: the environment that processes were started with.
#include <algorithm>
#include <memory>
#include <string_view>

#include "act/target.hpp"
#include "cli/command.hpp"
#include "cli/look.hpp"

namespace vigie::cli {

namespace {

using format::Cell;
using format::Column;

struct EnvOptions {
  LookOptions look;
  std::string target;
  bool secrets = false;
};

struct Variable {
  pid_t pid = 0;
  std::string_view name;
  Cell value;
};

std::string upper(std::string_view text) {
  std::string result(text);
  std::ranges::transform(result, result.begin(),
                         [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
  return result;
}

/// By the words that the names of tokens, keys and passwords have (AWS_SECRET_ACCESS_KEY, HF_TOKEN, WANDB_API_KEY), and
/// by user:password@ in a value.
bool looks_secret(std::string_view name, std::string_view value) {
  const std::string loud = upper(name);
  for (const std::string_view word : {"TOKEN", "SECRET", "PASSW", "PASSPHRASE", "CREDENTIAL", "API_KEY", "APIKEY",
                                      "ACCESS_KEY", "PRIVATE_KEY", "AUTH", "COOKIE", "DSN"}) {
    if (loud.find(word) != std::string::npos) return true;
  }
  if (loud.ends_with("_KEY") || loud.ends_with("_PWD") || loud.ends_with("_PASS")) return true;
  const std::size_t scheme = value.find("://");
  if (scheme == std::string_view::npos) return false;
  const std::size_t at = value.find('@', scheme);
  const std::size_t colon = value.find(':', scheme + 3);
  return at != std::string_view::npos && colon < at;
}

void append_variables(std::vector<Variable>& rows, const ProcessDetail& process, bool secrets) {
  for (const std::string_view entry : arguments(*process.environ)) {
    const std::size_t equals = entry.find('=');
    if (equals == std::string_view::npos || equals == 0) continue;  // overwritten by setproctitle(3)
    const std::string_view name = entry.substr(0, equals);
    const std::string_view value = entry.substr(equals + 1);
    const bool hide = !secrets && !value.empty() && looks_secret(name, value);
    rows.push_back({process.id.pid, name, hide ? Cell(Presence::denied) : Cell(value)});
  }
}

const std::vector<Column<Variable>>& columns() {
  static const std::vector<Column<Variable>> all = {
      {&metric("pid"), [](const Variable& row) -> Cell { return std::int64_t{row.pid}; }, {}},
      {&metric("variable"), [](const Variable& row) -> Cell { return row.name; }, {}},
      {&metric("value"), [](const Variable& row) { return row.value; }, {}},
  };
  return all;
}

Result<View> render(const Frame& frame, const EnvOptions& options) {
  View view;
  std::vector<Variable> rows;
  std::size_t hidden = 0;
  for (const ProcessDetail& process : frame.snapshot->details) {
    if (process.environ) append_variables(rows, process, options.secrets);
  }
  hidden = static_cast<std::size_t>(
      std::ranges::count_if(rows, [](const Variable& row) { return std::holds_alternative<Presence>(row.value); }));
  if (rows.empty()) {
    Result<void> readable = some_detail_readable(frame, &ProcessDetail::environ, "environment");
    if (!readable) return pass(std::move(readable));
  }
  append_table(view.text, options.look, frame, "variables",
               format::make_table(std::span<const Column<Variable>>(columns()), std::span<const Variable>(rows)));
  append_note(view.text, options.look, hidden > 0, "- hides a value that looks secret; --secrets shows it");
  return view;
}

}  // namespace

void define_env(Command& command) {
  auto options = std::make_shared<EnvOptions>();
  command.examples(
      "Examples:\n"
      "  vigie env resnet                  of every process of a run\n"
      "  vigie env 4711 | grep CUDA        which GPUs may it see?\n"
      "  vigie env --secrets 4711          values of tokens, keys and passwords, too");
  command.option("TARGET", options->target, "PID, run, or %PATTERN").required();
  command.flag("--secrets", options->secrets, "show values that look like tokens, keys and passwords");
  add_look_options(command, options->look, "0");
  command.does([options] {
    const FeedOptions feed = act::feed_about(options->target, proc::Detail::environ);
    return look(options->look, feed, [&](const Frame& frame) { return render(frame, *options); });
  });
}

}  // namespace vigie::cli
