// Exercises: what each sets up, asks for, and takes for done. Pure: an exercise says which loads it wants and judges
// what was seen of the host; its caller starts, looks and cleans up.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/reading.hpp"
#include "model/task.hpp"

namespace vigie::lab {

/// What an exercise knows from one look to the next, by name. It is kept in a file, so that `--check` goes on with it.
using Memory = std::map<std::string, std::string>;

/// The value of that name, empty when there is none.
[[nodiscard]] std::string recall(const Memory& memory, const std::string& name);
/// The same as a number, 0 when there is none.
[[nodiscard]] double recall_number(const Memory& memory, const std::string& name);

/// How long a user can look at the result: a scene stays that long when everything else is done.
inline constexpr double time_to_look_seconds = 10;

/// One run of a scene: `vigie load ARGUMENTS`, called lab-N-NAME.
struct Actor {
  std::string name;
  std::vector<std::string> arguments = {};
  std::string riddle = {};      ///< what "load riddle" is to do
  bool on_one_cpu = false;      ///< it shares one CPU with the others that say this
  bool killed_at_once = false;  ///< as soon as it has made its shared segment: only the segment is wanted
};

/// One process of a run.
struct Part {
  ProcessId id;
  char state = '?';  ///< as in /proc/PID/stat; 'T' also when its control group is frozen
  std::uint64_t rss_bytes = 0;
  std::uint64_t cpu_ticks = 0;
};

struct ThreadPriority {
  int nice = 0;
  Reading<int> io;  ///< class << 13 | level (ioprio_get(2))
};

/// Reads of all disks since boot.
struct DiskReads {
  std::uint64_t done = 0, milliseconds = 0;
};

/// One run of the scene, as it is now.
struct ActorSight {
  std::string name;
  bool over = false;
  int code = -1;                             ///< how it ended when it is over: exit code, or 128 + signal; -1 unknown
  Part main = {};                            ///< pid 0 when it is over
  std::vector<Part> children = {};           ///< of the main process
  std::vector<ThreadPriority> threads = {};  ///< of the main process
  std::uint64_t cpu_wait_ns = 0;             ///< of the main process: its threads wanted a CPU and had none
};

/// A process of the same user that belongs to no run of the scene.
struct Stranger {
  ProcessId id;
  std::vector<std::string> arguments = {};
  char state = '?';         ///< as in Part
  bool foreground = false;  ///< its terminal's input and Ctrl-C are its own
};

/// A session of tmux.
struct Session {
  std::string name;
  unsigned clients = 0;
  unsigned most_panes = 0;  ///< in one of its windows
};

/// What a checkpoint file of load training says.
struct Saved {
  std::uint64_t step = 0, began_at = 0;
  pid_t pid = 0;
  std::string why = {};
  pid_t before_pid = 0;         ///< writer of the one that its own writer began with; 0: none
  std::string before_why = {};  ///< why that one was written
};

/// What was seen at one look.
struct Sight {
  double seconds = 0;  ///< since the look before; 0 at the first
  std::vector<ActorSight> actors;
  std::vector<Stranger> strangers;
  std::vector<Session> sessions;  ///< empty unless the exercise asks for them
  std::optional<Saved> saved;     ///< of the exercise's checkpoint, when there is one
  bool segment = false;           ///< the segment that a killed actor left is still there
  DiskReads disk_reads = {};

  /// The actor of that name, which exists.
  [[nodiscard]] const ActorSight& actor(std::string_view name) const;
};

/// One thing to be done.
struct Step {
  std::string text = {};  ///< "the one that uses the CPU has ended"
  bool done = false;
  std::string remark = {};  ///< what is missing or wrong as it is now
};

/// The verdict of one look.
struct Verdict {
  std::vector<Step> steps = {};
  bool takes_time = false;  ///< something is being measured: a later look says more, without any act of the user
  std::string mishap = {};  ///< a fault that only setting the scene again mends; empty: none

  [[nodiscard]] bool done() const;
};

struct Exercise {
  int number = 0;
  std::string_view title;
  std::string_view summary;  ///< for the list
  // Texts for people. {name} stands for the memory's value of that name, {pid.ACTOR} for a main process.
  std::string_view task, with_vigie, with_classics, explanation;
  std::vector<Actor> (*scene)(Memory& memory, unsigned lot);  ///< `lot`: random, chooses what must be found
  bool (*ready)(const Sight& sight, Memory& memory);          ///< whether the task may be given
  Verdict (*check)(const Sight& sight, Memory& memory);
  bool needs_tmux = false;
};

/// Whether `holds` has been seen for so long without a break. The memory keeps it under `name`.
[[nodiscard]] bool seen_for(const Sight& sight, Memory& memory, const std::string& name, bool holds, double seconds);

/// Exercises 1 to 8, in this order.
[[nodiscard]] std::span<const Exercise> exercises();

/// `text` with the names in braces filled in from the memory; a name that is not known there becomes <name>.
[[nodiscard]] std::string filled(std::string_view text, const Memory& memory);

// One file each.
[[nodiscard]] const Exercise& explore();
[[nodiscard]] const Exercise& peaks();
[[nodiscard]] const Exercise& monitoring();
[[nodiscard]] const Exercise& priorities();
[[nodiscard]] const Exercise& background();
[[nodiscard]] const Exercise& zombies();
[[nodiscard]] const Exercise& session();
[[nodiscard]] const Exercise& overnight();

}  // namespace vigie::lab
