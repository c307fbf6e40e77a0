// Every number that a rule compares with, in one table, with where it comes from. Fractions are of the looks in the
// window.
#pragma once

#include <cstdint>

namespace vigie::thresholds {

/// Fewer looks than this are no evidence (2 s at 10 Hz).
inline constexpr std::uint64_t least_looks = 20;

/// A trainer asleep this much waits for something: with data always ready a CPU training sleeps in 0-5 % of looks
/// (measured on examples/train.py, compute-bound), a loader-bound one in 50 % and more.
inline constexpr double trainer_asleep = 0.30;

/// Workers running this much are the bottleneck; workers with nothing to do are parked in poll or on their queue.
inline constexpr double workers_running = 0.50;

/// A trainer that loads its data itself has one thread running while it does; with the work in its math library's
/// threads it has several.
inline constexpr double single_thread = 0.60;

/// Reading so much through read(2), files of a data set are read: an in-memory training reads nothing.
inline constexpr double serial_read_bytes_per_second = 20e3;
inline constexpr double serial_read_calls_per_second = 10;

/// Of one CPU: below this there is no room for another worker.
inline constexpr double idle_cpu_percent = 40;

/// Importing the framework and building the data set look like serial loading; they are over by then.
inline constexpr double start_up_seconds = 10;

}  // namespace vigie::thresholds
