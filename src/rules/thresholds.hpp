// Every number that a rule compares with, in one table, with where it comes from. Fractions are of the looks in the
// window. What the checklist judges, too, is in check_thresholds.hpp and used from there.
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

/// Workers in uninterruptible sleep this much wait for storage: what is in the page cache needs none.
inline constexpr double workers_in_disk = 0.30;

/// Without a framework: bytes a second that a process gets from others through pipes, and the part of the looks in
/// which it runs, for what comes to be its data: one that collects results sleeps, and gets little. Batches of arrays
/// come in so much that nothing else is like it.
inline constexpr double fed_bytes_per_second = 20e3;
inline constexpr double fed_running = 0.05;
inline constexpr double fed_much_bytes_per_second = 200e3;
/// Of what is read, what a process must write for it to be one that feeds.
inline constexpr double feeds_part = 0.05;
/// One that writes so much of what it reads is a filter, not a consumer.
inline constexpr double filter_part = 0.5;

/// Workers asleep this much while their trainer waits for them, and holding connections that bring data, wait for
/// those.
inline constexpr double workers_asleep = 0.60;
/// Of a connection that brings data: less is keep-alives and metadata.
inline constexpr double network_bytes_per_second = 10e3;

/// A trainer that loads its data itself has one thread running while it does; with the work in its math library's
/// threads it has several.
inline constexpr double single_thread = 0.60;

/// Reading so much through read(2), files of a data set are read: an in-memory training reads nothing.
inline constexpr double serial_read_bytes_per_second = 20e3;
inline constexpr double serial_read_calls_per_second = 10;

/// Of one CPU: below this there is no room for another worker.
inline constexpr double idle_cpu_percent = 40;

/// Importing the framework and building the data set look like serial loading, and fill memory; they are over by then.
inline constexpr double start_up_seconds = 10;

/// Threads that want to run, per CPU they may use. Up to one each is what a parallel program should have; a trainer and
/// a loader that take turns reach 1.3 (examples/train.py on two CPUs). Beyond one and a half each waits a third of its
/// time.
inline constexpr double runnable_per_cpu = 1.6;
/// Of wall time, ready but without a CPU (schedstat): 20 % is where a step becomes visibly longer.
inline constexpr double run_delay_percent = 20;
/// CPU that others use, in percent of one CPU for each CPU the run may use: less is the noise of every host.
inline constexpr double others_cpu_percent = 25;
/// Of the CPUs that the run may use: more idle time, and there is nothing to contend for.
inline constexpr double contended_idle_percent = 25;

/// Of the enforcement periods, those in which the quota stopped the run: a burst at its edge meets 5 %.
inline constexpr double throttled_percent = 20;

/// A process that computes has a thread running in nearly every look; on one thread this much, it has no more.
inline constexpr double computing = 0.90;
inline constexpr double one_thread = 0.90;
/// Idle CPUs' worth of time beside it, in percent of one CPU: less, and more threads would find no room.
inline constexpr double underused_idle_percent = 80;

/// Ranks: who waits sleeps half of the time and more, who holds them up a fifth at most.
inline constexpr double rank_waits = 0.50;
inline constexpr double rank_works = 0.20;
/// All ranks asleep in so many looks, with no CPU to speak of: they wait for each other.
inline constexpr double all_ranks_wait = 0.98;

/// A lock that is waited for so long is no matter of turns; with less CPU than this, in percent of one, nothing else is
/// done meanwhile.
inline constexpr double lock_seconds = 3;
inline constexpr double lock_cpu_percent = 5;
/// A process that sleeps for a moment and tries again: looks in nanosleep, and awakenings a second. SQLite's busy
/// handler sleeps for 0.1 s at most.
inline constexpr double tries_looks = 0.8;
inline constexpr double tries_per_second = 4;
/// Looks in which a process was stopped, of one that is.
inline constexpr double stopped_looks = 0.9;
/// CPU of a whole run in percent of one CPU: below, nobody does anything.
inline constexpr double silent_cpu_percent = 1;
/// Looks in which a process could not have been woken from outside, of a run that hangs.
inline constexpr double hung_looks = 0.98;
/// A run is silent for so long at least before it is called hung: loader workers start, checkpoints sync in less.
inline constexpr double hung_seconds = 8;
/// And its progress stands still for so many times the longest pause it ever made (diagnosis: 3).
inline constexpr double hung_gaps = 3;
/// Without a longest pause known: a bar that stood still so long.
inline constexpr double hung_progress_seconds = 20;

/// Growth of memory is judged over this time at least: allocators and garbage collectors move in steps of a second.
inline constexpr double leak_seconds = 10;
inline constexpr std::size_t leak_points = 9;
/// A look that would have to be longer than this is better begun later: `vigie why` has so much patience.
inline constexpr double leak_patience_seconds = 14;
/// Of the pairs of consecutive points, those that grow: a leak grows nearly always, a cache or a heap comes and goes.
inline constexpr double leak_growing = 0.75;
/// Growth over the window, at least: below is rounding and stacks. Bytes, and of the memory at its beginning.
inline constexpr double leak_bytes = 4 << 20;
inline constexpr double leak_part = 0.01;
/// Distance of the points from the line, of the growth over the window: more is no line.
inline constexpr double leak_residual = 0.25;

/// Memory used of what may be used, from which on growth is a danger and not only a leak.
inline constexpr double oom_used_percent = 70;
/// Used this much, it is one without growth: what is left is less than a checkpoint or an evaluation takes.
inline constexpr double oom_full_percent = 95;
/// A limit that is this near in time needs an answer now.
inline constexpr double time_left_seconds = 600;

/// Swap traffic that is thrashing: 1000 pages of 4 KiB a second (diagnosis), and tasks that all wait for memory.
inline constexpr double swap_bytes_per_second = 4096e3;
inline constexpr double swap_full_pressure_percent = 5;
inline constexpr double swap_some_pressure_percent = 20;

/// Of /dev/shm: a batch that does not fit kills its worker, so little room is none.
inline constexpr double shm_percent = 90;
/// Of a file system: what is left must be less than that, too, for a large one to count as full.
inline constexpr double disk_percent = 97;
inline constexpr double disk_left_bytes = 20e9;
/// Growth of a file system in the window that says something about its end, of what is left.
inline constexpr double filling_part = 0.005;

/// Of RLIMIT_NOFILE.
inline constexpr double descriptors_percent = 90;

/// A disk: time with a request in flight, and processes that wait for it in so many looks.
inline constexpr double disk_busy_percent = 90;
inline constexpr double waits_for_disk = 0.40;
/// The disk that the file is on: who waits for one request after the other leaves pauses between them.
inline constexpr double own_disk_busy_percent = 50;
/// Of a control group's limit on a device: so near it, the limit is what is waited for.
inline constexpr double io_limit_part = 0.70;

/// GPUs (from NVML's documentation and diagnosis; calibrated on no card yet). Busy is the driver's utilisation: some
/// kernel was running.
inline constexpr double gpu_busy_percent = 80;
/// Below, nobody uses it: a display or a driver's housekeeping reaches 3 %.
inline constexpr double gpu_idle_percent = 5;
/// Held idle for so long before it is said, by a program older than this: the first data set, a checkpoint, an
/// evaluation on the CPU take shorter pauses.
inline constexpr double gpu_idle_seconds = 10;
inline constexpr double gpu_idle_age_seconds = 30;
/// Written by a run in so many bytes a second, a checkpoint is what the GPU waits for.
inline constexpr double checkpoint_bytes_per_second = 1e6;
/// "Busy", and so few of its SMs are: kernels are too small.
inline constexpr double sm_active_percent = 30;
/// The same where the card does not count SM activity: power of its limit.
inline constexpr double gpu_power_percent = 50;
/// A thread that never waits: it launches, or spins until the device is done.
inline constexpr double saturated_thread_percent = 95;
/// Bytes a second over the link beside SMs that are half idle: input of a training is tens of MB/s, a step that
/// stages its data through pageable memory GB/s.
inline constexpr double copied_bytes_per_second = 2e9;
inline constexpr double copied_sm_active_percent = 50;
/// Of what the link can carry.
inline constexpr double copied_link_percent = 60;
/// Clocks below this part of the highest, with a reason that holds them down in so many looks. A card at its power
/// limit gives up a tenth as a matter of course.
inline constexpr double held_clock_percent = 90;
inline constexpr double power_held_clock_percent = 75;
inline constexpr double throttled_looks = 0.5;
/// A collective that waits is a kernel that spins: the GPU is "busy" all the time (diagnosis: 95), a rank that holds
/// the others up is so much less. With all of them waiting, memory and links have no traffic.
inline constexpr double collective_busy_percent = 95;
inline constexpr double straggler_gap_percent = 20;
inline constexpr double collective_memory_percent = 1;
inline constexpr double collective_link_bytes_per_second = 1e6;
/// Memory that nobody who is alive holds; contexts and libraries of the driver itself take half of it.
inline constexpr double gpu_held_bytes = 1 << 30;

/// One or two that nobody has waited for yet are usual.
inline constexpr std::size_t zombies = 3;

/// A step rate that changed less is noise.
inline constexpr double rate_change = 0.10;

}  // namespace vigie::thresholds
