// Exercise 3: the four parts of a machine watched at once.
#include <array>

#include <fmt/format.h>

#include "lab/exercise.hpp"
#include "lab/monitors.hpp"

namespace vigie::lab {
namespace {

constexpr double enough_seconds = 2;

struct Watched {
  Area area;
  const char* name;
  const char* text;
};
constexpr std::array<Watched, 4> areas = {{{Area::cpu, "cpu", "the CPUs are watched"},
                                           {Area::memory, "memory", "the memory is watched"},
                                           {Area::disk, "disk", "the disks are watched"},
                                           {Area::network, "network", "the network is watched"}}};

std::vector<Actor> scene(Memory& memory, unsigned /*lot*/) {
  return {{"lab-3-cpu", {"cpu", "--rate", "50%", "--for", "30m"}},
          {"lab-3-leak", {"leak", "--rate", "2M", "--size", "200M", "--for", "30m"}},
          {"lab-3-disk", {"disk", "--rate", "20M", "--size", "100M", "--for", "30m", "--dir", memory["disk"]}},
          {"lab-3-net", {"net", "--rate", "20M", "--for", "30m"}}};
}

bool ready(const Sight& /*sight*/, Memory& /*memory*/) {
  return true;
}

Verdict check(const Sight& sight, Memory& memory) {
  BitSet<Area> now;
  for (const Stranger& stranger : sight.strangers) {
    if (stranger.state != 'T' && stranger.state != 'Z') now = now | watched_by(stranger.arguments);
  }
  Verdict verdict;
  for (const Watched& one : areas) {
    double seconds = recall_number(memory, one.name);
    if (now.has(one.area)) seconds += sight.seconds;
    memory[one.name] = fmt::format("{:.2f}", seconds);
    const bool done = seconds >= enough_seconds;
    verdict.takes_time = verdict.takes_time || (now.has(one.area) && !done);
    const bool begun = seconds > 0 || now.has(one.area);
    verdict.steps.push_back(
        {one.text, done, done || !begun ? "" : fmt::format("{:.0f} of {:.0f} s", seconds, enough_seconds)});
  }
  return verdict;
}

constexpr Exercise exercise{
    .number = 3,
    .title = "Full monitoring",
    .summary = "CPU, memory, disk and network at once: have all four in view",
    .task =
        "Four loads run: on a CPU, in memory (it leaks), on the disk and over the network. Have all four parts of the "
        "machine in view with tools of your choice, each for two seconds at least: in several terminals, in panes, "
        "or with one tool that shows them all. Which run does what, and which number shows it?",
    .with_vigie = "vigie stat all 1 5    (or: vigie check -w 2)",
    .with_classics =
        "vmstat 1 5\n"
        "sar -n DEV 1 5       (or: watch -n 1 ss -tn)",
    .explanation =
        "CPU: us rises by half of one CPU. Memory: available falls by 2 MiB a second – the slope is what tells a leak, "
        "not "
        "the number. Disk: 20 MiB a second are read past the page cache; look at await and utilisation, not at the "
        "rate "
        "alone. Network: the traffic is on lo, and so in no physical interface. `vigie ls` says at once which run each "
        "of "
        "them is.",
    .scene = scene,
    .ready = ready,
    .check = check,
};

}  // namespace

const Exercise& monitoring() {
  return exercise;
}

}  // namespace vigie::lab
