#include "tui/top.hpp"

#include <poll.h>

#include <algorithm>
#include <optional>
#include <tuple>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "act/log/log.hpp"
#include "base/moment.hpp"
#include "format/local_time.hpp"
#include "tui/alert_subject.hpp"
#include "tui/history.hpp"
#include "tui/key_parts.hpp"
#include "tui/keys.hpp"
#include "tui/own_cost.hpp"
#include "tui/whole.hpp"
#include "views/forest.hpp"
#include "views/process_columns.hpp"

namespace vigie::tui {
namespace {

constexpr int most_wait_ms = 1000;  // so that a late source is marked
/// For what was seen: an hour of a usual host. A recording is kept whole, up to what a file of it may well take.
constexpr std::size_t most_bytes = 12 << 20, most_recorded_bytes = 256 << 20;
/// Frames of a recording come at once: a picture is drawn of some, and keys are answered in between.
constexpr int most_frames_at_once = 20;

/// What a list of rows depends on beside the frame: while it is the same, keys move among the same rows.
auto list_key(const ViewState& state) {
  return std::make_tuple(state.screen, state.run, state.sort, state.ascending, state.tree, state.unfolded, state.filter,
                         state.search, state.user, state.kernel_threads, state.columns,
                         state.mode == Mode::help || state.mode == Mode::page || state.mode == Mode::setup, state.seek,
                         state.at);
}

/// The last thing that a command said: "vigie: detached from resnet, which goes on\n" without its frame.
std::string sentence_in(std::string_view said) {
  constexpr std::string_view name = "vigie: ";
  while (said.ends_with('\n') || said.ends_with('\r')) said.remove_suffix(1);
  said = act::last_lines(said, 1);
  return std::string(said.starts_with(name) ? said.substr(name.size()) : said);
}

class Top {
 public:
  Top(Display& display, Frames& frames, Deeds& deeds, ViewState state)
      : display_(display),
        frames_(frames),
        deeds_(deeds),
        state_(std::move(state)),
        history_(frames.recorded() ? most_recorded_bytes : most_bytes),
        picture_{.grid = Grid({})} {
    state_.recorded = frames.recorded();
    around_.remark = display.remark();
  }

  Result<ViewState> run() {
    while (true) {
      RETURN_IF_ERROR(draw());
      wait();
      for (const Event& event : display_.events()) {
        take(event);
        if (closed_ || state_.quit) return std::move(state_);
      }
      while (std::optional<Deeds::Answer> answer = deeds_.take()) take_answer(std::move(*answer));
      RETURN_IF_ERROR(take_frames());
    }
  }

 private:
  void wait() const {
    std::vector<pollfd> fds = display_.waits();
    if (!display_.busy()) fds.push_back({.fd = frames_.fd(), .events = POLLIN, .revents = 0});
    fds.push_back({.fd = deeds_.fd(), .events = POLLIN, .revents = 0});
    ::poll(fds.data(), fds.size(), std::min(most_wait_ms, display_.patience_ms()));
  }

  void take(const Event& event) {
    if (event.kind == Event::Kind::closed) closed_ = true;
    stale_ = asked_ = true;
    if (event.kind != Event::Kind::key) return;
    const auto before = list_key(state_);
    const bool frozen = state_.frozen;
    around_.remark.clear();
    state_.under_way = deeds_.unfinished();
    grant(press(state_, event.key, picture_));
    if (frozen != state_.frozen) frames_.pause(state_.frozen);
    if (list_key(state_) != before) compute();
  }

  void grant(Wish wish) {
    switch (wish) {
      case Wish::none: return;
      case Wish::redraw: display_.redraw(); return;
      case Wish::plan: deeds_.plan(state_.order); return;
      case Wish::enter: enter(); return;
      case Wish::attach: attach(); return;
      case Wish::go_to: go_to(state_.input); return;
      case Wish::save: save(); return;
      case Wish::tag_tree: tag_tree(); return;
      case Wish::page: deeds_.read(state_.page.words); return;
      case Wish::perform: deeds_.perform(state_.order); return;
    }
  }

  /// What the row under the cursor belongs to, in the frame that is shown.
  void enter() {
    const std::shared_ptr<const Frame> frame = window().frame;
    if (frame == nullptr) return;
    if (state_.selected.kind == RowKey::Kind::process) {
      enter_run(views::run_of(*frame, frame->snapshot->find(state_.selected.process)));
      return;
    }
    const AlertSubject about = subject_of_alert(*frame, state_.selected);
    if (about.run == nullptr && about.process) {
      state_.selected = RowKey::of(*about.process);
      show(ScreenId::processes);
    } else {
      enter_run(about.run, "this alert is about the host: its lines say what to do");
    }
  }

  void enter_run(const Run* run, std::string_view otherwise = "this process belongs to no run") {
    if (run == nullptr) {
      state_.message = otherwise;
      return;
    }
    state_.run = run->id;
    show(ScreenId::run);
  }

  void show(ScreenId screen) {
    state_.screen = screen;
    state_.top = 0;
    state_.reveal = true;
  }

  /// "-5m" as people write what is behind them, and every time that `--since` takes.
  void go_to(std::string_view typed) {
    if (history_.empty()) return;
    if (typed.starts_with('-')) typed.remove_prefix(1);
    const Result<std::int64_t> moment = parse_moment(typed, history_.newest_wall_ns());
    if (!moment) {
      state_.message = moment.error().message;
    } else if (const std::optional<std::uint64_t> number = history_.at(*moment)) {
      state_.at = *number == history_.newest() ? std::nullopt : number;
    } else {
      state_.message = fmt::format("{} cannot be shown: {} is kept", format::local_time(*moment), history_.span());
    }
  }

  void save() {
    std::vector<PackedSnapshot> snapshots =
        history_.snapshots(state_.frozen ? std::optional(state_.at.value_or(state_.newest)) : std::nullopt);
    if (snapshots.size() < 2) {  // a look at a recording has rates
      state_.message = "a recording takes two looks: there is one yet";
      return;
    }
    deeds_.save(std::move(snapshots));
    state_.message = "saves …";
  }

  /// The run under the cursor, or that of the process there; empty: none, and it is said.
  std::string run_to_attach_to() {
    const RowKey row = row_under_cursor(state_, picture_);
    if (row.kind == RowKey::Kind::run) return row.name;
    const std::shared_ptr<const Frame> frame = window().frame;
    const Run* const run = frame == nullptr ? nullptr : views::run_of(*frame, frame->snapshot->find(row.process));
    if (run == nullptr) state_.message = "there is no run under the cursor";
    return run == nullptr ? "" : run->id;
  }

  void attach() {
    const std::string run = run_to_attach_to();
    if (run.empty()) return;
    std::vector<std::string> words{"/proc/self/exe", "attach", run};
    if (state_.read_only) words.emplace_back("--read-only");
    const Result<std::string> said = display_.lend(words);
    state_.message = said ? sentence_in(*said) : said.error().message;
  }

  void tag_tree() {
    const std::shared_ptr<const Frame> frame = window().frame;
    const ProcessSample* const root = frame == nullptr ? nullptr : frame->snapshot->find(state_.selected.process);
    if (root == nullptr) return;
    const std::vector<ProcessSample>& all = frame->snapshot->processes;
    for (const std::size_t index :
         views::with_descendants(*frame->snapshot, static_cast<std::size_t>(root - all.data())))
      state_.tagged.insert(all[index].id);
  }

  /// What has ended cannot be acted on, and would keep the others from it.
  void forget_ended_tags(const Snapshot& snapshot) {
    std::erase_if(state_.tagged, [&](ProcessId id) { return snapshot.find(id) == nullptr; });
  }

  /// A run that the user named when this began is known by its id from the first frame on that has it.
  void find_named_run(const Frame& frame) {
    const std::vector<Run>& runs = frame.view.runs;
    if (state_.run.empty() || std::ranges::find(runs, state_.run, &Run::id) != runs.end()) return;
    const auto named = std::ranges::find(runs, state_.run, &Run::name);
    if (named != runs.end()) state_.run = named->id;
  }

  void take_answer(Deeds::Answer answer) {
    stale_ = asked_ = true;
    if (!answer.outcome.empty()) state_.message = std::move(answer.outcome);
    if (answer.plan && state_.mode == Mode::confirm) {
      state_.order.leaders = answer.plan->leaders;
      state_.plan = std::move(answer.plan);
    }
    if (answer.text && state_.mode == Mode::page) state_.page.text = std::move(answer.text);
  }

  /// True: there was one.
  Result<bool> take_frame() {
    ASSIGN_OR_RETURN(std::shared_ptr<const Frame> frame, frames_.take());
    const std::string late = frames_.late();
    if (late != late_) stale_ = true;
    late_ = late;
    if (frame == nullptr || state_.frozen) return false;
    find_named_run(*frame);
    if (!frames_.recorded()) forget_ended_tags(*frame->snapshot);
    history_.add(std::move(frame));
    state_.oldest = history_.oldest();
    state_.newest = history_.newest();
    if (!state_.at) stale_ = true;  // the past stands still
    return true;
  }

  /// While the terminal has no room for another picture, the newest frame waits where it was made: else an answer to a
  /// key would have to wait behind all that is new in it.
  Result<void> take_frames() {
    if (display_.busy()) return {};
    for (int taken = 0; taken < most_frames_at_once; ++taken) {
      ASSIGN_OR_RETURN(const bool more, take_frame());
      if (!more) return {};
    }
    return {};
  }

  [[nodiscard]] Window window() const {
    Window window = history_.until(state_.at);
    window.late = late_;
    window.past = window.past || state_.recorded;
    return window;
  }

  void compute() {
    around_.pace = frames_.pace();
    if (state_.mode == Mode::setup) around_.cost = meter_.now(frames_.step_cost());
    picture_ = draw_whole(window(), state_, display_.size(), around_);
    if (settle(state_, picture_)) picture_ = draw_whole(window(), state_, display_.size(), around_);
    state_.top = picture_.top;
    state_.reveal = false;
  }

  /// What the user asked for is shown at once; what merely happened waits until the terminal has room for it.
  Result<void> draw() {
    RETURN_IF_ERROR(display_.go_on_showing());
    if (!stale_ || (!asked_ && display_.busy())) return {};
    stale_ = asked_ = false;
    compute();
    return display_.show(picture_.grid);
  }

  Display& display_;
  Frames& frames_;
  Deeds& deeds_;
  ViewState state_;
  History history_;
  Around around_;
  OwnCostMeter meter_;
  Picture picture_;
  std::string late_;
  bool stale_ = true, asked_ = true, closed_ = false;
};

}  // namespace

Result<ViewState> run_top(Display& display, Frames& frames, Deeds& deeds, ViewState state) {
  return Top(display, frames, deeds, std::move(state)).run();
}

}  // namespace vigie::tui
