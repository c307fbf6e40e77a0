// vigie mem: where the host's memory is, how much could be had back, and which processes hold most.
#include <memory>
#include <vector>

#include "act/target.hpp"
#include "cli/command.hpp"
#include "cli/look.hpp"
#include "feed/judging.hpp"
#include "views/memory_rows.hpp"

namespace vigie::cli {

namespace {

struct MemOptions {
  LookOptions look;
  std::size_t count = 3;
};

Result<View> render(const Frame& frame, const MemOptions& options) {
  const HostSample& host = frame.snapshot->host;
  if (!host.memory) return fail("/proc/meminfo cannot be read: " + std::string(name_of(host.memory.presence())));
  const std::vector<views::MemoryRow> rows = views::memory_rows(frame, options.count);
  const auto shown = views::memory_columns(options.look.for_people());
  View view;
  append_table(view.text, options.look, frame, "memory", views::make_table(shown, rows));
  return view;
}

}  // namespace

void define_mem(Command& command) {
  auto options = std::make_shared<MemOptions>();
  command.examples(
      "Examples:\n"
      "  vigie mem            as free: used, available, swap and its traffic; /dev/shm; the largest runs and "
      "processes\n"
      "  vigie mem -n 10      with the ten largest\n"
      "  vigie mem -w 2       is it growing?\n"
      "  vigie mem --json     in bytes");
  command.option("-n,--count", options->count, "so many of the largest runs and processes (3)").value_name("N");
  add_look_options(command, options->look, "0.2");
  add_replay_option(command, options->look);
  command.does([options] {
    FeedOptions feed;
    feed.what.host = sys::Parts(sys::Part::memory) | sys::Part::paging | sys::Part::mounts | sys::Part::numa;
    feed.what.processes = feed.what.runs = options->count > 0;
    if (feed.what.processes) feed.what.detail = own_group();
    return look(options->look, feed, [&](const Frame& frame) { return render(frame, *options); });
  });
}

}  // namespace vigie::cli
