// vigie doctor: what this host allows vigie, what is missing and how to enable it, and what vigie itself costs.
#include <memory>
#include <vector>

#include "cli/command.hpp"
#include "cli/look.hpp"
#include "views/capability_columns.hpp"

namespace vigie::cli {

namespace {

View render(const Frame& frame, const LookOptions& options) {
  View view;
  const std::vector<Capability>& rows = frame.snapshot->capabilities;
  if (options.for_people()) {
    view.text = views::capability_text(rows, !options.no_header, terminal_width());
  } else {
    append_table(view.text, options, frame, "capabilities", views::make_table(views::capability_columns(), rows));
  }
  return view;
}

}  // namespace

void define_doctor(Command& command) {
  auto options = std::make_shared<LookOptions>();
  command.examples(
      "Examples:\n"
      "  vigie doctor                     what works here, what does not and why, and what would enable it\n"
      "  sudo vigie doctor                the same with the rights of root\n"
      "  vigie doctor --json | jq '.capabilities[] | select(.status != \"works\") | .advice'\n"
      "The rows \"sampling\" tell how processes are read, and what one look costs in each way. Nothing is changed.");
  add_look_options(command, *options, "0");
  command.does([options] {
    FeedOptions feed;
    feed.what.processes = false;
    feed.what.runs = false;
    feed.what.host = {};
    feed.what.capabilities = true;
    return look(*options, feed, [&](const Frame& frame) -> Result<View> { return render(frame, *options); });
  });
}

}  // namespace vigie::cli
