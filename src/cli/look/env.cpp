// vigie env: the environment that processes were started with.
#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "act/target.hpp"
#include "cli/command.hpp"
#include "cli/look.hpp"
#include "views/choice.hpp"
#include "views/variable_rows.hpp"

namespace vigie::cli {

namespace {

struct EnvOptions {
  LookOptions look;
  std::string target;
  bool secrets = false;
};

Result<View> render(const Frame& frame, const EnvOptions& options) {
  View view;
  const std::vector<views::Variable> rows = views::variable_rows(frame, options.secrets);
  if (rows.empty()) {
    RETURN_IF_ERROR(some_detail_readable(frame, &ProcessDetail::environ, "environment"));
  }
  append_table(view.text, options.look, frame, "variables", views::make_table(views::variable_columns(), rows));
  const bool hidden = std::ranges::any_of(rows, [](const views::Variable& row) { return views::is_absent(row.value); });
  append_note(view.text, options.look, hidden, "- hides a value that looks secret; --secrets shows it");
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
