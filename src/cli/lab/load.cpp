// vigie load: keeps something busy or full on purpose, bounded, and cleans up.
#include <unistd.h>

#include <memory>

#include <fmt/format.h>

#include "act/load.hpp"
#include "base/units.hpp"
#include "cli/command.hpp"
#include "cli/look.hpp"
#include "cli/say.hpp"
#include "format/folded.hpp"
#include "load/leftovers.hpp"
#include "load/room.hpp"

namespace vigie::cli {
namespace {

struct LoadOptions {
  act::LoadWish wish;
  bool dry_run = false, json = false;
};

void draw(const std::string& kind, load::Load& work) {
  const bool terminal = ::isatty(STDERR_FILENO) == 1;
  if (terminal) aside("\r{}: {}\x1b[K", kind, work.so_far());
  // In a log, only lines that a user may follow from there: a training's progress bar.
  if (!terminal && kind == "training") aside("\r{}: {}", kind, work.so_far());
}

/// The pieces of a line that was drawn again and again end here.
void end_drawing(const std::string& kind, bool failed) {
  if (::isatty(STDERR_FILENO) == 1) {
    aside("\r\x1b[K");
  } else if (kind == "training" && !failed) {
    aside("\n");
  }
}

void print_end(const LoadOptions& options, const std::string& kind, load::Load& work, const act::LoadEnding& ending) {
  if (!options.json) {
    say("{}: {} in {}; ended: {}\n", kind, work.so_far(), human_duration(ending.seconds), ending.why);
    return;
  }
  say_json([&](JsonWriter& json) {
    json.key("load");
    json.begin_object();
    json.member("kind", kind);
    json.member("pid", ::getpid());
    json.member("elapsed_seconds", ending.seconds);
    json.member("ended", ending.why);
    for (const auto& [name, value] : work.amounts()) json.member(name, value);
    json.end_object();
  });
}

void print_plan(const LoadOptions& options, std::string_view kind, const std::string& plan,
                const std::string& sentence) {
  if (!options.json) {
    say("{}\n", sentence);
    return;
  }
  say_json([&](JsonWriter& json) {
    json.key("load");
    json.begin_object();
    json.member("kind", kind);
    json.member("plan", plan);
    json.member("result", "would be done");
    json.end_object();
  });
}

Result<int> run_load(const LoadOptions& options, const load::Kind& kind, const load::Request& request) {
  ASSIGN_OR_RETURN(load::Leftovers leftovers, load::Leftovers::open(kind.name));
  ASSIGN_OR_RETURN(std::unique_ptr<load::Load> work, kind.make(request, load::look_at_room(), leftovers));
  const std::string sentence =
      fmt::format("load {}: {} for {}", kind.name, (work)->plan(), human_duration(request.seconds));
  if (options.dry_run) {
    print_plan(options, kind.name, (work)->plan(), sentence);
    return 0;
  }
  const std::string name(kind.name);
  const auto looked = [&](bool begins) {
    if (options.json) return;
    if (begins) return complain("{} (pid {}); Ctrl-C ends it", sentence, ::getpid());
    draw(name, *work);
  };
  Result<act::LoadEnding> ending = act::keep_load(*work, kind, request.seconds, looked);
  if (!options.json) end_drawing(name, !ending);
  RETURN_IF_ERROR(ending);
  print_end(options, name, *work, *ending);
  return ending->signal == 0 ? 0 : 128 + ending->signal;
}

void print_kinds(bool json) {
  constexpr std::size_t column = 10;
  if (json) {
    say_json([](JsonWriter& writer) {
      writer.key("kinds");
      writer.begin_array();
      for (const load::Kind& kind : load::kinds()) {
        writer.begin_object();
        writer.member("kind", kind.name);
        writer.member("summary", kind.summary);
        writer.end_object();
      }
      writer.end_array();
    });
    return;
  }
  std::string text;
  for (const load::Kind& kind : load::kinds()) {
    text += fmt::format("{:<9} ", kind.name);
    format::append_folded(text, kind.summary, {.width = terminal_width(), .column = column, .indent = column});
  }
  say_text(text);
}

Result<int> load_command(const LoadOptions& options) {
  ASSIGN_OR_RETURN(std::vector<std::string> removed, load::remove_leftovers());
  for (const std::string& sentence : removed) complain("{}", sentence);
  if (options.wish.kind.empty()) {
    print_kinds(options.json);
    return 0;
  }
  ASSIGN_OR_RETURN(act::LoadWish wish, act::what_is_meant(options.wish));
  ASSIGN_OR_RETURN(const load::Kind* kind, act::kind_of(wish));
  ASSIGN_OR_RETURN(load::Request request, act::request_of(wish, *kind));
  return run_load(options, *kind, request);
}

}  // namespace

void define_load(Command& command) {
  auto options = std::make_shared<LoadOptions>();
  command.examples(
      "Examples:\n"
      "  vigie load                           the kinds, and what each does by itself\n"
      "  vigie load cpu --cpus 2 --for 30s\n"
      "  vigie load disk --dir /scratch       writes and reads a file there, and removes it\n"
      "  vigie load leak --rate 50M           until an alert comes, or the bound\n"
      "  vigie run -- vigie load training     something like a training, without a framework\n"
      "Each is bounded in time and amount, refuses what would leave others too little, and removes what it made. What "
      "a\n"
      "SIGKILL left is removed by the next start. Ended by a signal, it exits with 128 + its number.");
  act::LoadWish& wish = options->wish;
  command.option("KIND", wish.kind, "cpu, memory, disk, net, threads, zombie, leak, hang, shm or training");
  command.option("--for", wish.duration, "how long, a day at most").value_name("DURATION").show_default();
  command.option("--size", wish.size, "how much: of memory, disk, leak, shm; the peaks of training").value_name("SIZE");
  command.option("--rate", wish.rate,
                 "how fast: cpu in percent, disk, net and leak in bytes a second, training in "
                 "steps a second");
  command.option("--count", wish.count, "how many: threads, zombies, workers of a training").value_name("N");
  command.option("--cpus", wish.cpus, "how many CPUs are kept busy").value_name("N");
  command.option("--dir", wish.directory, "where the file of disk is written (default: vigie's state directory)")
      .value_name("DIR");
  command.option("--checkpoint", wish.checkpoint, "where a training saves, and goes on from").value_name("FILE");
  command.flag("--dry-run", options->dry_run, "print what would be done and do nothing");
  command.flag("--json", options->json, "at the end one JSON document");
  command.does([options] { return load_command(*options); });
}

}  // namespace vigie::cli
