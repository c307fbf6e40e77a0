// vigie top: the pane that stays open.
#include <unistd.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "act/acting.hpp"
#include "act/process_selection.hpp"
#include "act/target.hpp"
#include "base/root.hpp"
#include "base/text.hpp"
#include "base/units.hpp"
#include "cli/command.hpp"
#include "cli/output.hpp"
#include "cli/say.hpp"
#include "config/config.hpp"
#include "tui/act_deeds.hpp"
#include "tui/chosen.hpp"
#include "tui/curses_display.hpp"
#include "tui/json_display.hpp"
#include "tui/recorded_frames.hpp"
#include "tui/sampler.hpp"
#include "tui/screen_view.hpp"
#include "tui/top.hpp"
#include "views/process_columns.hpp"
#include "wire/recording.hpp"

namespace vigie::cli {

namespace {

constexpr double least_interval = 0.1;

struct TopOptions {
  std::string screen, user, filter, sort;
  std::string symbols = "braille", interval = "2", ui = "terminal", replay;
  bool tree = false, no_color = false, read_only = false;
  Command* command = nullptr;
};

config::Origin option(const char* name) {
  return {.kind = config::Origin::Kind::option, .name = name};
}

Result<double> interval_of(const TopOptions& options) {
  Result<double> interval = parse_duration(options.interval);
  if (interval && *interval < least_interval) return fail("--interval wants at least 0.1 seconds", ErrorKind::usage);
  return interval;
}

/// The configuration with what the command line says, which goes before it.
Result<config::TopConfig> config_of(const TopOptions& options, std::string& remark) {
  ASSIGN_OR_RETURN(config::Config whole, config::read_config());
  config::TopConfig& config = whole.top;
  if (const Result<void> kept = tui::take_kept(config); !kept) remark = kept.error().message;
  if (options.command->given("--interval")) {
    ASSIGN_OR_RETURN(const double interval, interval_of(options));
    config.interval_seconds = {.value = interval, .origin = option("--interval")};
  }
  if (options.command->given("--symbols")) config.symbols = {.value = options.symbols, .origin = option("--symbols")};
  if (!options.sort.empty()) config.sort = {.value = options.sort, .origin = option("--sort")};
  if (options.no_color) config.colour = {.value = "never", .origin = option("--no-color")};
  if (options.read_only) config.read_only = {.value = true, .origin = option("--read-only")};
  return std::move(whole.top);
}

std::string names_of_screens() {
  std::string names;
  for (const tui::ScreenView& one : tui::screens()) names += (names.empty() ? "" : ", ") + std::string(one.name);
  return names;
}

/// The run of that name, id or beginning; of another time or host only the recording or its directory knows it.
Result<std::string> run_named(const TopOptions& options) {
  if (!options.replay.empty() || options.command->root() != "/") return options.screen;
  ASSIGN_OR_RETURN(const Frame frame, act::acting_frame());
  const Result<act::Target> target = act::resolve_target(frame, options.screen);
  if (!target || !target->run) {
    return fail(
        "there is no screen and no run \"" + safe_text(options.screen) + "\"; the screens are " + names_of_screens(),
        target ? ErrorKind::no_target : target.error().kind);
  }
  return frame.view.runs[*target->run].id;
}

/// The beginning of a screen's name, or a run.
Result<void> choose_screen(const TopOptions& options, tui::ViewState& state) {
  if (options.screen.empty()) return {};
  if (const tui::ScreenView* const screen = tui::screen_named(options.screen); screen != nullptr) {
    state.screen = screen->id;
    return {};
  }
  ASSIGN_OR_RETURN(state.run, run_named(options));
  const tui::ScreenView* const of_runs = tui::screen_of(tui::ScreenId::run);
  state.screen = of_runs != nullptr ? of_runs->id : tui::ScreenId::overview;
  return {};
}

Result<tui::ViewState> state_of(const TopOptions& options, const config::TopConfig& config) {
  tui::ViewState state;
  RETURN_IF_ERROR(choose_screen(options, state));
  RETURN_IF_ERROR(tui::take_config(state, config));
  state.tree = options.tree;
  state.saved_host = options.command->root() != "/";
  state.read_only = state.read_only || state.saved_host;
  state.filter = options.filter;
  if (!options.user.empty()) {
    if (options.replay.empty() && !state.saved_host) RETURN_IF_ERROR(act::uid_named(options.user));
    state.user = options.user;
  }
  return state;
}

Result<std::unique_ptr<tui::Display>> open_display(const TopOptions& options, bool colours) {
  if (options.ui == "json") return std::make_unique<tui::JsonDisplay>(STDIN_FILENO, write_output);
  if (options.ui != "terminal") return fail("--ui takes terminal or json", ErrorKind::usage);
  return tui::open_terminal(colours);
}

/// What the chosen columns need of every process.
proc::Fields fields_of(const tui::ViewState& state) {
  proc::Fields fields;
  for (const std::string& name : state.columns) fields = fields | views::process_column(name).needs.fields;
  return fields | views::process_column(state.sort).needs.fields;
}

/// A recording is shown as often as it was looked at, unless the user wants it otherwise.
Result<std::unique_ptr<tui::Frames>> open_frames(const TopOptions& options, double interval,
                                                 const tui::ViewState& state) {
  if (!options.replay.empty()) {
    if (options.command->root() != "/") return fail("--replay and --root exclude each other", ErrorKind::usage);
    return tui::RecordedFrames::open(options.replay, options.command->given("--interval") ? interval : least_interval);
  }
  ASSIGN_OR_RETURN(const Root root, Root::open(options.command->root()));
  return std::make_unique<tui::Sampler>(root, interval, fields_of(state));
}

/// The display comes before the sampler's thread, which leaves its signals alone.
Result<int> top(const TopOptions& options) {
  std::string remark;
  ASSIGN_OR_RETURN(const config::TopConfig config, config_of(options, remark));
  ASSIGN_OR_RETURN(tui::ViewState state, state_of(options, config));
  state.message = remark;
  const tui::ViewState begun = state;
  // What is no recording is said before the screen opens.
  if (!options.replay.empty() && options.replay != "-") RETURN_IF_ERROR(wire::RecordingReader::open(options.replay));
  tui::ViewState ended;
  {
    ASSIGN_OR_RETURN(const std::unique_ptr<tui::Display> display,
                     open_display(options, config.colour.value != "never"));
    ASSIGN_OR_RETURN(const std::unique_ptr<tui::Frames> frames,
                     open_frames(options, config.interval_seconds.value, state));
    tui::ActDeeds deeds;
    ASSIGN_OR_RETURN(ended, tui::run_top(*display, *frames, deeds, std::move(state)));
  }
  if (const Result<void> kept = tui::keep_chosen(begun, ended); !kept)
    complain("what was chosen is not kept: {}", kept.error().message);
  return 0;
}

}  // namespace

void define_top(Command& command) {
  auto options = std::make_shared<TopOptions>();
  options->command = &command;
  command.examples(
      "Examples:\n"
      "  vigie top                        the host, its GPUs, runs and processes; F1 shows the keys, q quits\n"
      "  vigie top processes              begins with another screen; the beginning of its name will do\n"
      "  vigie top resnet                 begins with a run, in depth\n"
      "  vigie top -u alice --sort rss    alice's processes, the largest first\n"
      "  vigie top --read-only            no key can act on anything\n"
      "  vigie top --symbols ascii        for a terminal or a font without braille\n"
      "  vigie top --replay slow.vigie    a recording: the left and right arrow keys go through its time\n"
      "  vigie                            the same as vigie top, on a terminal\n"
      "What is not given here is taken from the configuration: vigie config shows it.");
  command.option("screen", options->screen, "what to begin with: the beginning of a screen's name, or a run")
      .value_name("SCREEN|RUN");
  command.option("-u,--user", options->user, "only the processes of this user").value_name("USER");
  command.option("--filter", options->filter, "only rows whose command, user or run has TEXT").value_name("TEXT");
  command.option("--sort", options->sort, "order by this column; + or - before it: ascending, descending")
      .value_name("COL");
  command.flag("--tree", options->tree, "processes as a tree, those of runs folded");
  command.option("--interval", options->interval, "how often everything is read").value_name("SECONDS").show_default();
  command.option("--symbols", options->symbols, "what graphs are made of: braille, block or ascii")
      .value_name("KIND")
      .show_default();
  command.option("--replay", options->replay, "look at a recording (vigie record) instead of the present")
      .value_name("FILE");
  command.flag("--read-only", options->read_only, "no key acts on a process or a run");
  command.flag("--no-color", options->no_color, "no colours (also: NO_COLOR)");
  command
      .option("--ui", options->ui,
              "terminal; or json: events as lines on standard input, cells as lines on standard output")
      .value_name("KIND")
      .show_default();
  command.does([options] { return top(*options); });
}

}  // namespace vigie::cli
