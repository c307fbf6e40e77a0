// vigie lab: exercises on real processes. Each sets its scene, says what is to be done, sees when it is, and cleans up.
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <memory>
#include <set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "act/program.hpp"
#include "base/number.hpp"
#include "base/text.hpp"
#include "cli/command.hpp"
#include "cli/lab/lab_notes.hpp"
#include "cli/lab/lab_scene.hpp"
#include "cli/lab/lab_sight.hpp"
#include "cli/say.hpp"
#include "lab/exercise.hpp"

namespace vigie::cli {
namespace {

constexpr double look_seconds = 0.5;
constexpr double ready_seconds = 30;  ///< a scene that is not ready then never will be

constexpr double longest_measurement = 20;

struct Options {
  std::string number;
  bool list = false, check = false, solution = false, reset = false, detached = false, json = false;
};

volatile std::sig_atomic_t interrupted = 0;

/// Ctrl-C is noted while an exercise is watched. Handlers end where a program is executed: the scene's runs have none.
void note_interrupts() {
  struct sigaction action{};
  action.sa_handler = [](int signal) { interrupted = signal; };
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    struct sigaction former{};
    ::sigaction(signal, nullptr, &former);
    if (former.sa_handler != SIG_IGN) ::sigaction(signal, &action, nullptr);
  }
}

/// One exercise while it is worked on.
class Lesson {
 public:
  Lesson(const lab::Exercise& exercise, std::string directory, LabNotes notes)
      : exercise_(exercise), directory_(std::move(directory)), notes_(std::move(notes)), observer_(exercise) {}

  [[nodiscard]] bool begun() const { return notes_.begun; }
  [[nodiscard]] const lab::Memory& memory() const { return notes_.memory; }

  /// Sets the scene and waits until it is ready, or somebody interrupts.
  Result<void> begin() {
    if (Result<void> begun = begin_scene(directory_, exercise_, notes_); !begun) return begun;
    for (double waited = 0; waited < ready_seconds && interrupted == 0; waited += look_seconds) {
      Result<lab::Sight> sight = observer_.look(notes_.memory);
      if (!sight) return pass(std::move(sight));
      if (exercise_.ready(*sight, notes_.memory)) return write_lab_notes(directory_, exercise_.number, notes_);
      rest();
    }
    if (interrupted != 0) return {};
    (void)end();
    return fail(
        fmt::format("the scene of exercise {} did not get ready within {:.0f} s", exercise_.number, ready_seconds));
  }

  /// One verdict. What it notes is kept.
  Result<lab::Verdict> check() {
    const lab::Memory before = notes_.memory;
    Result<lab::Sight> sight = observer_.look(notes_.memory);
    if (!sight) return pass(std::move(sight));
    lab::Verdict verdict = exercise_.check(*sight, notes_.memory);
    if (notes_.memory == before) return verdict;
    if (Result<void> kept = write_lab_notes(directory_, exercise_.number, notes_); !kept) return pass(std::move(kept));
    return verdict;
  }

  Result<void> end() { return end_scene(directory_, exercise_, notes_); }

  Result<void> solved() {
    notes_.done_wall_ns = now().wall_ns;
    return end();
  }

  static void rest() { ::poll(nullptr, 0, static_cast<int>(look_seconds * 1000)); }

 private:
  const lab::Exercise& exercise_;
  std::string directory_;
  LabNotes notes_;
  LabObserver observer_;
};

void print_indented(const std::string& text) {
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    say("  {}\n", text.substr(begin, end - begin));
    begin = end + 1;
  }
}

void print_task(const lab::Exercise& exercise, const lab::Memory& memory) {
  say("Exercise {}: {}\n\n", exercise.number, exercise.title);
  print_indented(lab::filled(exercise.task, memory));
  say("\n`vigie lab {} --solution` shows how, with vigie and with the classic tools.\n", exercise.number);
}

void print_solution(const lab::Exercise& exercise, const lab::Memory& memory) {
  say("With vigie:\n");
  print_indented(lab::filled(exercise.with_vigie, memory));
  say("With the classic tools:\n");
  print_indented(lab::filled(exercise.with_classics, memory));
}

std::string line_of(const lab::Step& step) {
  return fmt::format("[{}] {}{}", step.done ? 'x' : ' ', step.text, step.remark.empty() ? "" : " – " + step.remark);
}

/// Prints the steps that read otherwise than at the look before.
void print_news(const lab::Verdict& verdict, std::set<std::string>& said) {
  std::set<std::string> now;
  for (const lab::Step& step : verdict.steps) {
    const std::string line = line_of(step);
    if (!said.contains(line)) say("{}\n", safe_text(line));
    now.insert(line);
  }
  said = std::move(now);
}

/// The scene is not taken away from under somebody's eyes: where a user sits there, until Enter is pressed.
void wait_for_enter() {
  if (::isatty(STDIN_FILENO) != 1 || interrupted != 0) return;
  say("\nThe scene stays as it is, to be looked at: Enter removes it.\n");
  pollfd item{STDIN_FILENO, POLLIN, 0};
  (void)::poll(&item, 1, -1);
  char typed[256];
  if (item.revents != 0) (void)!::read(STDIN_FILENO, typed, sizeof typed);
}

Result<int> finish(const lab::Exercise& exercise, Lesson& lesson, bool watched) {
  say("\nDone. What you have seen:\n\n");
  print_indented(lab::filled(exercise.explanation, lesson.memory()));
  if (watched) wait_for_enter();
  if (Result<void> ended = lesson.solved(); !ended) return pass(std::move(ended));
  say("\nThe scene is removed.{}\n",
      exercise.number < 8 ? fmt::format(" Next: `vigie lab {}`", exercise.number + 1) : "");
  return 0;
}

int leave(const lab::Exercise& exercise) {
  say("\nThe scene stays: `vigie lab {}` goes on, `vigie lab {} --check` looks once, `vigie lab --reset` ends it.\n",
      exercise.number, exercise.number);
  return 128 + interrupted;
}

/// Until it is done or somebody interrupts. A mishap sets the scene again.
Result<int> watch(const lab::Exercise& exercise, Lesson& lesson) {
  std::set<std::string> said;
  while (interrupted == 0) {
    Result<lab::Verdict> verdict = lesson.check();
    if (!verdict) return pass(std::move(verdict));
    if (!verdict->mishap.empty()) {
      say("\nThat went wrong: {}. The scene is set again ...\n", safe_text(verdict->mishap));
      if (Result<void> begun = lesson.begin(); !begun) return pass(std::move(begun));
      if (interrupted == 0) print_task(exercise, lesson.memory());
      said.clear();
      continue;
    }
    print_news(*verdict, said);
    if (verdict->done()) return finish(exercise, lesson, true);
    Lesson::rest();
  }
  return leave(exercise);
}

Result<int> check_once(const lab::Exercise& exercise, Lesson& lesson, bool json) {
  if (!lesson.begun())
    return fail(fmt::format("exercise {} is not begun: `vigie lab {}` sets it up", exercise.number, exercise.number));
  Result<lab::Verdict> verdict = lesson.check();
  // What is being measured already is waited for, what nobody has done is not.
  for (double spent = 0; verdict && verdict->takes_time && spent < longest_measurement; spent += look_seconds) {
    Lesson::rest();
    verdict = lesson.check();
  }
  if (!verdict) return pass(std::move(verdict));
  if (json) {
    nlohmann::json steps = nlohmann::json::array();
    for (const lab::Step& step : verdict->steps)
      steps.push_back({{"step", step.text}, {"done", step.done}, {"remark", step.remark}});
    say_json({{"vigie", "1"},
              {"exercise", exercise.number},
              {"done", verdict->done()},
              {"mishap", verdict->mishap},
              {"steps", steps}});
    if (!verdict->done()) return 1;
    if (Result<void> ended = lesson.solved(); !ended) return pass(std::move(ended));
    return 0;
  }
  std::set<std::string> nothing;
  print_news(*verdict, nothing);
  if (verdict->done()) return finish(exercise, lesson, false);
  if (!verdict->mishap.empty()) {
    say("That went wrong: {}. `vigie lab {}` sets the scene again.\n", safe_text(verdict->mishap), exercise.number);
  }
  return 1;
}

Result<int> work_on(const lab::Exercise& exercise, const Options& options) {
  Result<std::string> directory = lab_directory();
  if (!directory) return pass(std::move(directory));
  Result<LabNotes> notes = read_lab_notes(*directory, exercise.number);
  if (!notes) return pass(std::move(notes));
  Lesson lesson(exercise, *directory, std::move(*notes));
  if (options.solution) {
    print_solution(exercise, lesson.memory());
    return 0;
  }
  if (options.check) return check_once(exercise, lesson, options.json);
  if (exercise.needs_tmux && !act::run_program({"tmux", "-V"}, act::Output::none)) {
    return fail(
        fmt::format("exercise {} is about tmux, which is not there: install it (apt install tmux), or go on with "
                    "`vigie lab {}`",
                    exercise.number, exercise.number + 1));
  }
  note_interrupts();
  if (!lesson.begun()) {
    say("The scene is being set ...\n");
    if (Result<void> begun = lesson.begin(); !begun) return pass(std::move(begun));
  }
  if (interrupted != 0) return leave(exercise);
  print_task(exercise, lesson.memory());
  if (options.detached) {
    say("`vigie lab {} --check` sees whether it is done.\n", exercise.number);
    return 0;
  }
  say("Work in another terminal; here it is seen when something is done. Ctrl-C leaves.\n\n");
  return watch(exercise, lesson);
}

Result<int> list(bool json) {
  Result<std::string> directory = lab_directory();
  if (!directory) return pass(std::move(directory));
  nlohmann::json rows = nlohmann::json::array();
  for (const lab::Exercise& exercise : lab::exercises()) {
    const Result<LabNotes> notes = read_lab_notes(*directory, exercise.number);
    const bool done = notes && notes->done_wall_ns != 0;
    const std::string_view state = notes && notes->begun ? "begun" : done ? "done" : "";
    if (json) {
      rows.push_back({{"number", exercise.number},
                      {"title", exercise.title},
                      {"summary", exercise.summary},
                      {"begun", notes && notes->begun},
                      {"done_time", done ? nlohmann::json(rfc3339(notes->done_wall_ns)) : nlohmann::json()}});
    } else {
      say("{}  {:<6} {:<48} {}\n", exercise.number, state, exercise.title, exercise.summary);
    }
  }
  if (json) say_json({{"vigie", "1"}, {"exercises", rows}});
  return 0;
}

Result<int> reset() {
  Result<std::string> directory = lab_directory();
  if (!directory) return pass(std::move(directory));
  for (const lab::Exercise& exercise : lab::exercises()) {
    LabNotes notes = read_lab_notes(*directory, exercise.number).value_or(LabNotes{.begun = true, .memory = {}});
    if (Result<void> ended = end_scene(*directory, exercise, notes); !ended) return pass(std::move(ended));
    ::unlink(fmt::format("{}/{}.json", *directory, exercise.number).c_str());
  }
  say("every exercise is ended and forgotten\n");
  return 0;
}

Result<int> lab_command(const Options& options) {
  if (options.reset) return reset();
  if (options.list || options.number.empty()) {
    if (options.check || options.solution)
      return fail("which exercise? `vigie lab --list` shows them", ErrorKind::usage);
    return list(options.json);
  }
  const std::optional<int> number = whole_number<int>(options.number);
  if (number == 9) return fail("exercise 9, the automatic alert, comes with the alerts: this version has none yet");
  const auto exercises = lab::exercises();
  if (!number || *number < 1 || *number > std::ssize(exercises)) {
    return fail(fmt::format("there is no exercise {}: `vigie lab --list` shows them", safe_text(options.number)),
                ErrorKind::usage);
  }
  return work_on(exercises[static_cast<std::size_t>(*number - 1)], options);
}

}  // namespace

void define_lab(Command& command) {
  auto options = std::make_shared<Options>();
  command.examples(
      "Examples:\n"
      "  vigie lab                the exercises, and which are done\n"
      "  vigie lab 1              sets the first one up, says what to do, and sees when it is done\n"
      "  vigie lab 1 --solution   how, with vigie and with the classic tools\n"
      "  vigie lab 1 -d; vigie lab 1 --check\n"
      "                           in one terminal: sets it up; looks whether it is done\n"
      "  vigie lab --reset        ends and removes everything that exercises made");
  command.option("N", options->number, "number of the exercise, 1 to 8");
  command.flag("--list", options->list, "the exercises");
  command.flag("--check", options->check, "look once: exit status 0 when it is done, 1 when it is not");
  command.flag("--solution", options->solution, "print the commands");
  command.flag("--reset", options->reset, "end and remove everything that exercises made");
  command.flag("-d,--detached", options->detached, "set it up, print the task and do not wait");
  command.flag("--json", options->json, "with --list and --check: one JSON document");
  command.does([options] { return lab_command(*options); });
}

}  // namespace vigie::cli
