// vigie lab: exercises on real processes. Each sets its scene, states the task, sees when it is done, and cleans up.
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <memory>
#include <set>

#include <fmt/format.h>

#include "act/lab/lesson.hpp"
#include "act/program.hpp"
#include "base/clock.hpp"
#include "base/number.hpp"
#include "base/text.hpp"
#include "cli/command.hpp"
#include "cli/look.hpp"
#include "cli/say.hpp"
#include "format/folded.hpp"
#include "lab/exercise.hpp"

namespace vigie::cli {
namespace {

struct Options {
  std::string number;
  bool list = false, check = false, solution = false, reset = false, detached = false, json = false;
};

volatile std::sig_atomic_t interrupted = 0;

/// Notes Ctrl-C while an exercise is watched. Handlers end where a program is executed: the scene's runs have none.
void note_interrupts() {
  struct sigaction action{};
  action.sa_handler = [](int signal) { interrupted = signal; };
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    struct sigaction former{};
    ::sigaction(signal, nullptr, &former);
    if (former.sa_handler != SIG_IGN) ::sigaction(signal, &action, nullptr);
  }
}

bool is_interrupted() {
  return interrupted != 0;
}

/// Folded to the terminal, from this column on.
void print_folded(std::string_view head, const std::string& text, std::size_t column) {
  std::string line(head);
  format::append_folded(line, safe_text(text), {.width = terminal_width(), .column = column, .indent = column});
  say_text(line);
}

void print_indented(const std::string& text) {
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    const std::size_t indent = std::min(text.find_first_not_of(' ', begin), end) - begin + 2;
    print_folded(std::string(indent, ' '), text.substr(begin + indent - 2, end - begin - (indent - 2)), indent);
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

/// Prints the steps whose text differs from the look before.
void print_news(const lab::Verdict& verdict, std::set<std::string>& said) {
  std::set<std::string> now;
  for (const lab::Step& step : verdict.steps) {
    const std::string line = line_of(step);
    if (!said.contains(line)) say("{}\n", safe_text(line));
    now.insert(line);
  }
  said = std::move(now);
}

/// The scene is not removed while a user may be looking at it: waits until Enter is pressed, where a user is there.
void wait_for_enter() {
  if (::isatty(STDIN_FILENO) != 1 || interrupted != 0) return;
  say("\nThe scene stays as it is, to be looked at: Enter removes it.\n");
  pollfd item{STDIN_FILENO, POLLIN, 0};
  (void)::poll(&item, 1, -1);
  char typed[256];
  if (item.revents != 0) (void)!::read(STDIN_FILENO, typed, sizeof typed);
}

Result<int> finish(const lab::Exercise& exercise, act::Lesson& lesson, bool watched) {
  say("\nDone. What you have seen:\n\n");
  print_indented(lab::filled(exercise.explanation, lesson.memory()));
  if (watched) wait_for_enter();
  RETURN_IF_ERROR(lesson.solved());
  say("\nThe scene is removed.{}\n",
      exercise.number < 8 ? fmt::format(" Next: `vigie lab {}`", exercise.number + 1) : "");
  return 0;
}

int leave(const lab::Exercise& exercise) {
  say("\nThe scene stays: `vigie lab {}` goes on, `vigie lab {} --check` looks once, `vigie lab --reset` ends it.\n",
      exercise.number, exercise.number);
  return 128 + interrupted;
}

/// Until it is done or interrupted. A mishap sets the scene again.
Result<int> watch(const lab::Exercise& exercise, act::Lesson& lesson) {
  std::set<std::string> said;
  while (interrupted == 0) {
    ASSIGN_OR_RETURN(lab::Verdict verdict, lesson.check());
    if (!verdict.mishap.empty()) {
      say("\nThat went wrong: {}. The scene is set again ...\n", safe_text(verdict.mishap));
      RETURN_IF_ERROR(lesson.begin(is_interrupted));
      if (interrupted == 0) print_task(exercise, lesson.memory());
      said.clear();
      continue;
    }
    print_news(verdict, said);
    if (verdict.done()) return finish(exercise, lesson, true);
    act::Lesson::rest();
  }
  return leave(exercise);
}

void write_verdict(JsonWriter& json, const lab::Exercise& exercise, const lab::Verdict& verdict) {
  json.member("exercise", exercise.number);
  json.member("done", verdict.done());
  json.member("mishap", verdict.mishap);
  json.key("steps");
  json.begin_array();
  for (const lab::Step& step : verdict.steps) {
    json.begin_object();
    json.member("step", step.text);
    json.member("done", step.done);
    json.member("remark", step.remark);
    json.end_object();
  }
  json.end_array();
}

Result<int> check_once(const lab::Exercise& exercise, act::Lesson& lesson, bool json) {
  if (!lesson.begun())
    return fail(fmt::format("exercise {} is not begun: `vigie lab {}` sets it up", exercise.number, exercise.number));
  ASSIGN_OR_RETURN(lab::Verdict verdict, lesson.check_to_the_end());
  if (json) {
    say_json([&](JsonWriter& writer) { write_verdict(writer, exercise, verdict); });
    if (!verdict.done()) return 1;
    RETURN_IF_ERROR(lesson.solved());
    return 0;
  }
  std::set<std::string> nothing;
  print_news(verdict, nothing);
  if (verdict.done()) return finish(exercise, lesson, false);
  if (!verdict.mishap.empty()) {
    say("That went wrong: {}. `vigie lab {}` sets the scene again.\n", safe_text(verdict.mishap), exercise.number);
  }
  return 1;
}

Result<int> work_on(const lab::Exercise& exercise, const Options& options) {
  if (options.json && !options.check)
    return fail("--json goes with --list and --check: an exercise is told in words", ErrorKind::usage);
  ASSIGN_OR_RETURN(act::Lesson opened, act::Lesson::open(exercise));
  act::Lesson& lesson = opened;
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
    RETURN_IF_ERROR(lesson.begin(is_interrupted));
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

void write_states(JsonWriter& json, const std::vector<act::LessonState>& states) {
  json.key("exercises");
  json.begin_array();
  for (const act::LessonState& state : states) {
    json.begin_object();
    json.member("number", state.exercise->number);
    json.member("title", state.exercise->title);
    json.member("summary", state.exercise->summary);
    json.member("begun", state.begun);
    json.member("done_time", state.done_wall_ns == 0 ? std::nullopt : std::optional(rfc3339(state.done_wall_ns)));
    json.end_object();
  }
  json.end_array();
}

/// The summary beside the title, or below it where there is no room.
void print_state(const act::LessonState& state) {
  constexpr std::size_t beside = 59, below = 10, least = 24;
  const std::string_view word = state.begun ? "begun" : state.done_wall_ns != 0 ? "done" : "";
  std::string head = fmt::format("{}  {:<6} {:<48} ", state.exercise->number, word, state.exercise->title);
  const bool narrow = terminal_width() > 0 && terminal_width() < beside + least;
  if (narrow) head = head.substr(0, head.find_last_not_of(' ') + 1) + "\n" + std::string(below, ' ');
  print_folded(head, std::string(state.exercise->summary), narrow ? below : beside);
}

Result<int> list(bool json) {
  const Result<std::vector<act::LessonState>> states = act::lesson_states();
  RETURN_IF_ERROR(states);
  if (json) say_json([&](JsonWriter& writer) { write_states(writer, *states); });
  for (const act::LessonState& state : *states) {
    if (!json) print_state(state);
  }
  return 0;
}

Result<int> reset() {
  RETURN_IF_ERROR(act::forget_lessons());
  say("every exercise is ended and forgotten\n");
  return 0;
}

Result<int> lab_command(const Options& options) {
  if (options.reset && options.json) return fail("--json goes with --list and --check", ErrorKind::usage);
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
