#include "act/lab/scene.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <poll.h>
#include <sched.h>
#include <sys/random.h>
#include <sys/statfs.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <filesystem>

#include <fmt/format.h>

#include "act/acting.hpp"
#include "act/program.hpp"
#include "act/run_life.hpp"
#include "act/stop.hpp"
#include "base/clock.hpp"
#include "base/directory.hpp"
#include "base/fd.hpp"
#include "control/process.hpp"
#include "load/leftovers.hpp"
#include "wire/record_list.hpp"
#include "wire/run_directory.hpp"

extern char** environ;

namespace vigie::act {
namespace {

constexpr std::string_view marker = "VIGIE_LAB=";

/// A directory on a disk: vigie's own, or if that is in memory, /var/tmp. If neither is on a disk, a load that needs
/// one refuses.
std::string place_on_disk(const std::string& directory) {
  struct statfs kind{};
  const bool memory = ::statfs(directory.c_str(), &kind) == 0 && static_cast<unsigned long>(kind.f_type) == TMPFS_MAGIC;
  return memory ? "/var/tmp" : directory;
}

/// The first CPU that this process may use.
std::string one_cpu() {
  cpu_set_t cpus;
  if (::sched_getaffinity(0, sizeof cpus, &cpus) != 0) return "";
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (CPU_ISSET(cpu, &cpus)) return std::to_string(cpu);
  }
  return "";
}

RunSpec spec_of(const std::string& directory, const lab::Exercise& exercise, const lab::Actor& actor) {
  std::error_code error;
  RunSpec spec;
  spec.command = {std::filesystem::read_symlink("/proc/self/exe", error).string(), "load"};
  std::ranges::copy(actor.arguments, std::back_inserter(spec.command));
  spec.cwd = directory;
  for (char** entry = environ; *entry != nullptr; ++entry) spec.environment.emplace_back(*entry);
  spec.environment.push_back(fmt::format("{}{}", marker, exercise.number));
  if (!actor.riddle.empty()) spec.environment.push_back("LOAD_RIDDLE=" + actor.riddle);
  if (actor.on_one_cpu) spec.start.cpus = one_cpu();
  spec.grace_seconds = 5;
  spec.log_max_bytes = 1 << 20;
  return spec;
}

/// The segment of load shm that this process made; empty when it is not there, or not yet whole.
std::string segment_of(pid_t pid) {
  const Fd place(::open("/dev/shm", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  for (const std::string& name : names_in(place.get(), ".", fmt::format("vigie-load-shm-{}-", pid))) {
    return "/dev/shm/" + name;
  }
  return {};
}

/// Ends it as the OOM killer does, once it has made its segment, which stays.
Result<void> kill_with_segment(const RunRecord& started, lab::Memory& memory) {
  Result<RunRecord> record = wire::read_record(started.directory);
  for (int tries = 0; record && tries < 250; ++tries) {
    if (memory["segment"] = segment_of(record->leader.pid); !memory["segment"].empty()) break;
    ::poll(nullptr, 0, 20);
    record = wire::read_record(started.directory);
  }
  RETURN_IF_ERROR(record);
  if (memory["segment"].empty())
    return fail("the scene cannot be set: no shared segment was made; `vigie load shm --size 8M` says why");
  ignore_error(control::send_signal(record->leader, SIGKILL));
  Result<RunRecord> ended = wait_until_over(started.directory, 5);
  return ended ? Result<void>() : pass(std::move(ended));
}

Result<void> start_actor(const std::string& directory, const lab::Exercise& exercise, const lab::Actor& actor,
                         lab::Memory& memory) {
  RunRecord wanted;
  wanted.spec = spec_of(directory, exercise, actor);
  ASSIGN_OR_RETURN(OpenRun created, create_run(wanted, actor.name));
  RETURN_IF_ERROR(start_run(created));
  return actor.killed_at_once ? kill_with_segment(created.record, memory) : Result<void>();
}

Result<void> remove_run(const RunRecord& run) {
  constexpr double grace_seconds = 3;
  ASSIGN_OR_RETURN(RunRecord record, end_run(run, {.signal = SIGTERM,
                                                   .grace_seconds = grace_seconds,
                                                   .wall_ns = now().wall_ns,
                                                   .reason = "the exercise is over"}));
  if (!is_over(record.state)) return fail(fmt::format("{} does not end: `vigie kill {}`", record.name, record.name));
  const Result<OpenRun> over = open_to_change(run.directory);
  return over ? forget_run(*over) : std::unexpected(over.error());
}

/// Jobs that the user started for the exercise, by its checkpoint in their command line.
Result<void> end_jobs(const std::string& checkpoint) {
  ASSIGN_OR_RETURN(Frame frame, acting_frame());
  for (const ProcessSample& process : frame.snapshot->processes) {
    if (!process.cmdline || process.id.pid == ::getpid() || process.uid != Reading<uid_t>(::geteuid())) continue;
    std::vector<std::string> words;
    for (const std::string_view word : arguments(*process.cmdline)) words.emplace_back(word);
    if (words.size() < 3 || words[1] != "load" || !names_file(words, checkpoint)) continue;
    const Result<Fd> job = control::open_process(process.id);
    if (!job) continue;
    ignore_error(control::send_signal(*job, SIGTERM));
    ignore_error(control::send_signal(*job, SIGCONT));
    if (!control::wait_for_end(*job, 3)) ignore_error(control::send_signal(*job, SIGKILL));
  }
  return {};
}

void end_sessions() {
  const Result<std::string> names = output_of({"tmux", "list-sessions", "-F", "#{session_name}"});
  if (!names) return;
  for (std::size_t begin = 0; begin < names->size();) {
    const std::size_t end = std::min(names->find('\n', begin), names->size());
    const std::string name = names->substr(begin, end - begin);
    if (name.starts_with("lab-7")) (void)run_program({"tmux", "kill-session", "-t", "=" + name}, Output::none);
    begin = end + 1;
  }
}

}  // namespace

bool names_file(const std::vector<std::string>& words, const std::string& path) {
  return std::ranges::any_of(words,
                             [&](const std::string& word) { return word == path || word.ends_with("=" + path); });
}

Result<std::vector<RunRecord>> runs_of_lab(int number) {
  Result<std::vector<RunRecord>> records = wire::list_records();
  if (!records) return records;
  const std::string mark = fmt::format("{}{}", marker, number);
  std::erase_if(*records, [&](const RunRecord& record) {
    return std::ranges::find(record.spec.environment, mark) == record.spec.environment.end();
  });
  return records;
}

Result<void> begin_scene(const std::string& directory, const lab::Exercise& exercise, LabNotes& notes) {
  RETURN_IF_ERROR(end_scene(directory, exercise, notes));
  unsigned lot = 0;
  (void)!::getrandom(&lot, sizeof lot, 0);
  notes.memory = {{"checkpoint", fmt::format("{}/{}.ckpt", directory, exercise.number)},
                  {"disk", place_on_disk(directory)}};
  notes.begun = true;
  const std::vector<lab::Actor> actors = exercise.scene(notes.memory, lot);
  for (const lab::Actor& actor : actors) {
    Result<void> started = start_actor(directory, exercise, actor, notes.memory);
    if (started) continue;
    ignore_error(end_scene(directory, exercise, notes));
    return started;
  }
  return write_lab_notes(directory, exercise.number, notes);
}

Result<void> end_scene(const std::string& directory, const lab::Exercise& exercise, LabNotes& notes) {
  const std::string checkpoint = fmt::format("{}/{}.ckpt", directory, exercise.number);
  Result<std::vector<RunRecord>> runs = wire::list_records();
  Result<std::vector<RunRecord>> own = runs_of_lab(exercise.number);
  if (!runs || !own) return pass(std::move(runs ? own : runs));
  for (const RunRecord& run : *runs) {  // those that the user started for it
    if (names_file(run.spec.command, checkpoint) && std::ranges::find(*own, run.id, &RunRecord::id) == own->end())
      own->push_back(run);
  }
  for (const RunRecord& run : *own) {
    RETURN_IF_ERROR(remove_run(run));
  }
  // A job writes its checkpoint as soon as it starts.
  if (::access(checkpoint.c_str(), F_OK) == 0) {
    RETURN_IF_ERROR(end_jobs(checkpoint));
  }
  if (exercise.needs_tmux && notes.begun) end_sessions();
  ::unlink(checkpoint.c_str());
  // Segments and files of its loads that were killed.
  RETURN_IF_ERROR(load::remove_leftovers());
  notes.begun = false;
  notes.memory.clear();
  return write_lab_notes(directory, exercise.number, notes);
}

}  // namespace vigie::act
