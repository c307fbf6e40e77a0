// Every number that a rule compares with, in one table, with where it comes from. Fractions are of the looks in the
// window. What the checklist judges, too, is in check/thresholds.hpp and used from there.
#pragma once

#include <cstdint>

namespace vigie::rules::thresholds {

/// Fewer looks than this are no evidence (2 s at 10 Hz).
inline constexpr std::uint64_t least_looks = 20;

/// A trainer asleep this much waits for something: with data always ready a CPU training sleeps in 0-5 % of looks
/// (measured on examples/train.py, compute-bound), a loader-bound one in 50 % and more.
inline constexpr double trainer_asleep = 0.30;

/// Workers running this much are the bottleneck; workers with nothing to do are parked in poll or on their queue.
inline constexpr double workers_running = 0.50;

/// Workers in uninterruptible sleep this much wait for storage: data in the page cache needs none.
inline constexpr double workers_in_disk = 0.30;

/// Without a framework: bytes a second that a process gets from others through pipes, and the part of the looks in
/// which it runs, for this to be its data: one that collects results sleeps, and gets little. Nothing else comes in
/// such amounts as batches of arrays.
inline constexpr double fed_bytes_per_second = 20e3;
inline constexpr double fed_running = 0.05;
inline constexpr double fed_much_bytes_per_second = 200e3;
/// Of the bytes that are read, the part that a process must write to be one that feeds.
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

/// A process that reads so much through read(2) reads files of a data set: an in-memory training reads nothing.
inline constexpr double serial_read_bytes_per_second = 20e3;
inline constexpr double serial_read_calls_per_second = 10;

/// Of one CPU: below this there is no room for another worker.
inline constexpr double idle_cpu_percent = 40;

/// Importing the framework and building the data set look like serial loading, and fill memory; they are over by then.
inline constexpr double start_up_seconds = 10;
/// And the first batches and allocator warm-up by then: what a run does in its first seconds says nothing about how it
/// goes. A run is judged when it is older than the window and this.
inline constexpr double settling_seconds = 5;

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

/// Ranks: one that waits sleeps half of the time and more, one that holds them up a fifth at most.
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
/// CPU of a whole run in percent of one CPU: below, no process does anything.
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
/// Used this much, it is one without growth: the rest is less than a checkpoint or an evaluation takes.
inline constexpr double oom_full_percent = 95;
/// A limit that is this near in time needs an answer now.
inline constexpr double time_left_seconds = 600;

/// Swap traffic that is thrashing: 1000 pages of 4 KiB a second (diagnosis), and tasks that all wait for memory.
inline constexpr double swap_bytes_per_second = 4096e3;
inline constexpr double swap_full_pressure_percent = 5;
inline constexpr double swap_some_pressure_percent = 20;

/// Of /dev/shm: a batch that does not fit kills its worker, so little room is none.
inline constexpr double shm_percent = 90;
/// Of a file system; a large one counts as full only when less than disk_left_bytes is left, too.
inline constexpr double disk_percent = 97;
inline constexpr double disk_left_bytes = 20e9;
/// Growth of a file system in the window that says something about its end, of what is left.
inline constexpr double filling_part = 0.005;

/// Of RLIMIT_NOFILE.
inline constexpr double descriptors_percent = 90;

/// A disk: time with a request in flight, and processes that wait for it in so many looks.
inline constexpr double disk_busy_percent = 90;
inline constexpr double waits_for_disk = 0.40;
/// The disk that the file is on: a process that waits for one request after the other leaves pauses between them.
inline constexpr double own_disk_busy_percent = 50;
/// Of a control group's limit on a device: so near it, processes wait for the limit.
inline constexpr double io_limit_part = 0.70;

/// GPUs. Where a number names windows: of 4 s each, begun at every second, of logs of real cards that others published
/// (tests/gpu/README.md says of which, and what a test counts in them). Busy is the driver's utilisation: some kernel
/// was running.
inline constexpr double gpu_busy_percent = 80;
/// Below, no process uses it: a display or a driver's housekeeping reaches 3 %.
inline constexpr double gpu_idle_percent = 5;
/// Held idle for so long before it is said, by a program older than this: the first data set, a checkpoint, an
/// evaluation on the CPU take shorter pauses. Of 18,000 windows of 10 s in logs of work 21 were idle: an optimizer on
/// the CPU, an evaluation.
inline constexpr double gpu_idle_seconds = 10;
inline constexpr double gpu_idle_age_seconds = 30;
/// A program that computes on the CPU meanwhile may still prepare: 154-481 s at the start of some trainings. Until then
/// it is only noted.
inline constexpr double gpu_start_seconds = 600;
/// When a run writes so many bytes a second, the GPU waits for a checkpoint.
inline constexpr double checkpoint_bytes_per_second = 1e6;
/// "Busy", and so few of its SMs are: kernels are too small. Where SMs are counted half of the time is busy enough:
/// eight decoders of small batches (H100, 848 windows) are called busy 51-80 % and have 13-33 % of SM; of 4,240
/// windows of trainings one has a mean below 30, with a look of 50: a pipeline that drained.
inline constexpr double sm_active_percent = 30;
inline constexpr double launching_busy_percent = 50;
/// The same where the card does not count SM activity: power of its limit, at gpu_busy_percent. Of 5,900 such windows
/// of healthy cards 8 are below 50, none below 40 but of kernels that touch no memory (B300: 20-38 %, memory 0-1 %).
inline constexpr double gpu_power_percent = 40;
inline constexpr double launched_memory_percent = 2;
/// Of one look of the window, beyond these bounds: a pipeline that drains for a second has looks of 50 and more (H100,
/// tensor and pipeline parallel), small kernels at most 33.
inline constexpr double effort_spread_percent = 10;
/// A thread that never waits: it launches, or spins until the device is done.
inline constexpr double saturated_thread_percent = 95;
/// Bytes a second over the link beside SMs that are half idle: input of a training is 26-300 MB/s, a step that stages
/// its data through pageable memory GB/s. Data that is made on the GPU and sent to the next stage reaches 7 GB/s, with
/// the GPU busy 92 % and more (H100, 541 windows); where copies are waited for it is busy 50 % at most (FSDP with its
/// optimizer on the CPU, 282 windows).
inline constexpr double copied_bytes_per_second = 2e9;
inline constexpr double copied_sm_active_percent = 50;
/// A GPU on which hardly a kernel runs while data comes is being filled with a model: 15 % at most in 25 windows of
/// loading, 60 % and more in some look of every step that copies.
inline constexpr double filled_busy_percent = 20;
/// Of what the link can carry.
inline constexpr double copied_link_percent = 60;
/// Clocks below this part of the highest, with a reason other than the power limit that holds them down in so many
/// looks, on a GPU that has something to do.
inline constexpr double held_clock_percent = 90;
inline constexpr double throttled_looks = 0.5;
inline constexpr double held_busy_percent = 40;
/// The power limit holds down every card that works hard (in 100 % of the looks at full load): a T4 runs at 57-81 % of
/// its clock all its life, a B300 at 70 %. It counts where the limit is lowered to less than this part of the card's
/// own (3090 at 315 of 350 W: 90 %, a choice that costs little), and the card meets it.
inline constexpr double power_held_clock_percent = 75;
inline constexpr double lowered_limit_percent = 80;
inline constexpr double met_power_limit_percent = 85;
/// Held down by the power limit in every look while busy, and never at 85 % of it: a card that is not given its power
/// (A100 of 400 W at 240 W; 180 W of 300 W); in no window of 30,000 of healthy ones. Far beyond the limit (588 W of 35
/// W) the measurement is broken; real peaks reach 109 %.
inline constexpr double starved_clock_percent = 88;
inline constexpr double impossible_power_percent = 150;
/// At a limit that may not be the card's own: the lowest clocks of healthy ones there are 57 % (T4) and 58 % (a
/// laptop's 6 GB card at 70 W).
inline constexpr double unknown_held_clock_percent = 55;
/// So far below the temperature at which it slows itself down, a card that calls itself hot is held by a limit of its
/// driver (a laptop's MX330: 56 of 97 degrees). Memory of HBM cards is hot from here on.
inline constexpr double cool_celsius = 20, hot_memory_celsius = 85;
/// A collective that waits is a kernel that spins: the GPU is "busy" all the time (diagnosis: 95), a rank that holds
/// the others up is so much less. With all of them waiting, memory and links have no traffic.
inline constexpr double collective_busy_percent = 95;
inline constexpr double straggler_gap_percent = 20;
inline constexpr double collective_memory_percent = 1;
/// Of 333 looks at H100s that spin, 17-18 % of SM and 18-21 % of the power limit; SMs of a card that computes without
/// its memory are active, or it takes power (H100 at 592 W).
inline constexpr double collective_sm_active_percent = 40;
inline constexpr double collective_power_percent = 30;
/// Links of a loaded GPU at rest: 0.6 MB/s, 1.4 in one look of a hundred.
inline constexpr double collective_link_bytes_per_second = 2e6;
/// Memory that no living process holds; contexts and libraries of the driver itself take half of it.
inline constexpr double gpu_held_bytes = 1 << 30;
/// Looks in which the driver lists a process that does not exist: in one it may have begun or ended a moment ago.
inline constexpr std::size_t ghost_looks = 2;
/// A driver that has been silent for so long does not only have much to do.
inline constexpr double silent_driver_seconds = 2;

/// One or two that their parent has not waited for yet are usual.
inline constexpr std::size_t zombies = 3;

/// A step rate that changed less is noise.
inline constexpr double rate_change = 0.10;

}  // namespace vigie::rules::thresholds
