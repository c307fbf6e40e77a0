// vigie record: writes all that is seen into a file that every look with --replay reads.
#include <unistd.h>

#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "act/target.hpp"
#include "base/clock.hpp"
#include "base/text.hpp"
#include "base/units.hpp"
#include "cli/command.hpp"
#include "cli/say.hpp"
#include "feed/feed.hpp"
#include "feed/judging.hpp"
#include "wire/recording.hpp"

namespace vigie::cli {

namespace {

constexpr std::string_view hint = "; Ctrl-C ends it", hint_erased = "                ";

struct RecordOptions {
  const Command* command = nullptr;
  std::string file;
  std::string duration;
  std::string interval = "1";
  bool threads = false;
};

/// In depth: vigie itself, whose limits are its user's, and the processes of runs.
DetailRequest depth() {
  constexpr std::size_t most_processes = 64;
  return {.what = judged_depth, .of = [](const Frame& bare) -> Result<std::vector<std::size_t>> {
            Result<std::vector<std::size_t>> wanted = own_group().of(bare);
            if (!wanted) return wanted;
            for (const Run& run : bare.view.runs) {
              for (const Member& member : run.members) {
                if (wanted->size() < most_processes) wanted->push_back(member.process);
              }
            }
            return wanted;
          }};
}

/// Everything that a look without a target of its own shows, and nothing that stalls the processes.
FeedOptions everything(const RecordOptions& options, double interval_seconds) {
  using enum proc::Field;
  using enum sys::Part;
  FeedOptions feed;
  feed.pace.interval_seconds = interval_seconds;
  feed.what.fields = proc::Fields(cmdline) | exe | io | sched | wchan | proc::Field::cgroup | shared | status |
                     variables | frameworks | cwd | io_priority | io_wait;
  feed.what.host = sys::Parts(cpu) | each_cpu | memory | paging | pressure | load | disks | interfaces | mounts |
                   sensors | frequency | numa | locks;
  feed.pace.look_hz = looks_per_second;
  feed.what.judge = false;
  feed.what.gpus = GpuWish::if_there;
  feed.what.detail = depth();
  feed.what.threads = options.threads;
  feed.what.users = true;
  return feed;
}

Result<int> record(const RecordOptions& options) {
  Result<double> interval = parse_duration(options.interval);
  RETURN_IF_ERROR(interval);
  if (*interval < 0.1) return fail("--interval wants at least 0.1 seconds", ErrorKind::usage);
  double duration = std::numeric_limits<double>::infinity();
  if (!options.duration.empty()) {
    ASSIGN_OR_RETURN(double wanted, parse_duration(options.duration));
    if (wanted <= 0) return fail("--for wants more than no time", ErrorKind::usage);
    duration = wanted;
  }
  if (options.file == "-" && ::isatty(STDOUT_FILENO) == 1) {
    return fail("a recording is not for a terminal: name a file, or send standard output somewhere", ErrorKind::usage);
  }
  ASSIGN_OR_RETURN(Root root, Root::open(options.command->root()));
  ASSIGN_OR_RETURN(wire::RecordingWriter writer, wire::RecordingWriter::create(options.file));
  LiveFeed feed(root, everything(options, *interval));
  Result<Frame> frame = feed.next();
  RETURN_IF_ERROR(frame);

  const Instant began = frame->before->before;
  const Instant began_here = now();  // the clock of a saved host stands still
  RETURN_IF_ERROR(writer.write(*frame->before));
  const bool shows_progress = ::isatty(STDERR_FILENO) == 1;
  std::size_t looks = 1;
  while (true) {
    RETURN_IF_ERROR(writer.write(*frame->snapshot));
    ++looks;
    const double seconds =
        root.live() ? seconds_between(began, frame->snapshot->before) : seconds_between(began_here, now());
    const std::string so_far = fmt::format("{}: {} looks in {:.0f} s, {}", safe_text(options.file), looks, seconds,
                                           human_bytes(static_cast<double>(writer.bytes())));
    if (seconds + *interval / 2 >= duration) {
      if (shows_progress) aside("\r");
      aside("{}{}\n", so_far, shows_progress ? hint_erased : "");
      return 0;
    }
    if (shows_progress) aside("\r{}{}", so_far, hint);
    frame = feed.next();
    RETURN_IF_ERROR(frame);
  }
}

}  // namespace

void define_record(Command& command) {
  auto options = std::make_shared<RecordOptions>();
  options->command = &command;
  command.examples(
      "Examples:\n"
      "  vigie record slow.vigie --for 30s       half a minute of everything, a look each second\n"
      "  vigie why --replay slow.vigie           the verdict on how it was at the end\n"
      "  vigie ls --replay slow.vigie -w         all of it, as it went\n"
      "  ssh server vigie record - > slow.vigie  of another machine, until interrupted\n"
      "It holds names, command lines and directories of all processes that may be seen, but no environments. A\n"
      "recording that is cut off can be read up to there.");
  command.option("file", options->file, "a new file; - is standard output").required().value_name("FILE");
  command.option("--for", options->duration, "how long (until interrupted)").value_name("DURATION");
  command.option("--interval", options->interval, "time between two looks").value_name("SECONDS").show_default();
  command.flag("--threads", options->threads, "every thread, too");
  command.does([options] { return record(*options); });
}

}  // namespace vigie::cli
