#include "rules/ended/last_words_signs.hpp"

#include <algorithm>

#include "rules/ended/last_words_lines.hpp"
#include "rules/table.hpp"

namespace vigie::rules {
namespace {

/// In this order: a sign that is more special comes before one that is contained in its message.
constexpr Sign signs[] = {
    {"CUDA out of memory", "gpu-oom"},                      // c10/cuda/CUDACachingAllocator.cpp
    {"CUDA error: out of memory", "gpu-oom"},               //
    {"HIP out of memory", "gpu-oom"},                       //
    {"MPS backend out of memory", "gpu-oom"},               //
    {"XPU out of memory", "gpu-oom"},                       //
    {"torch.OutOfMemoryError", "gpu-oom"},                  // torch >= 2.5
    {"torch.cuda.OutOfMemoryError", "gpu-oom"},             //
    {"CUBLAS_STATUS_ALLOC_FAILED", "gpu-oom"},              //
    {"CUDA_ERROR_OUT_OF_MEMORY", "gpu-oom"},                // the driver's, in JAX and TensorFlow
    {"RESOURCE_EXHAUSTED: Out of memory", "gpu-oom"},       // XLA; gRPC says RESOURCE_EXHAUSTED of its own limits, too
    {"RESOURCE_EXHAUSTED: Failed to allocate", "gpu-oom"},  //
    {"Ran out of memory in memory space", "gpu-oom"},       //
    {"OOM when allocating tensor", "gpu-oom"},              // TensorFlow
    {"cuda runtime error (2)", "gpu-oom"},                  // torch < 1.5: cudaErrorMemoryAllocation
    {"error=2 : out of memory", "gpu-oom"},                 // the same, THCudaCheck
    {"cudaErrorMemoryAllocation", "gpu-oom"},               //
    {"uncorrectable ECC error", "gpu-error"},               // the driver's, of memory that is broken
    {"cudaErrorECCUncorrectable", "gpu-error"},             //
    {"CUDA_ERROR_ECC_UNCORRECTABLE", "gpu-error"},          //
    {"uncorrectable NVLink error", "gpu-error"},            //
    {"fallen off the bus", "gpu-error"},                    //
    {"GPU is lost", "gpu-error"},                           // NVML
    {"Error while creating shared memory segment", "shm-full"},  // NCCL
    {"insufficient shared memory", "shm-full"},                  // torch/utils/data/_utils/signal_handling.py
    {"unable to write to file </torch", "shm-full"},             // torch/lib/libshm
    {"Too many open files", "fd-limit"},                         // EMFILE
    {"received 0 items of ancdata", "fd-limit"},                 // multiprocessing, descriptors passed by socket
    {"No space left on device", "disk-full"},                    // ENOSPC
    {"Disk quota exceeded", "disk-full"},                        // EDQUOT
    {"PytorchStreamWriter failed writing", "disk-full"},         // caffe2/serialize/inline_container.cc: a short write
    {"] . unexpected pos ", "disk-full"},                        // the same, when it is closed
    {"basic_ios::clear: iostream error", "disk-full"},           // the same, into a stream
    {"is killed by signal: Killed", "oom-killed", false, true},  // torch: a loader worker
    {"oom-kill event", "oom-killed"},                            // slurmstepd
    {"oom_kill event", "oom-killed"},                            // slurmstepd >= 23
    {": Out Of Memory", "oom-killed"},                           // srun, of a task
    {"xceeded job memory limit", "oom-killed"},                  // slurmstepd, without control groups
    {"xceeded step memory limit", "oom-killed"},                 //
    {"exceeded memory limit", "oom-killed"},                     //
    {"TERM_MEMLIMIT", "oom-killed"},                             // LSF
    {"PBS: job killed: mem", "oom-killed"},                      //
    {"due to the node running low on memory", "oom-killed"},     // Ray
    {"can't allocate memory", "oom-killed", true},               // c10/core/impl/alloc_cpu.cpp
    {"Cannot allocate memory", "oom-killed", true},              // ENOMEM
    {"std::bad_alloc", "oom-killed", true},                      //
    {"MemoryError", "oom-killed", true},                         // Python, numpy
    {"collective operation timeout", "collective-wait"},         // torch ProcessGroupNCCL
};

static_assert(std::ranges::all_of(signs, is_end, &Sign::rule));

/// What a scheduler of jobs says when it ends one. In this order, too.
constexpr SchedulerWord scheduler_words[] = {
    {"DUE TO TIME LIMIT", "the time limit of its job was over"},          // slurmstepd
    {"DUE TO PREEMPTION", "its job was preempted by another"},            //
    {"DUE TO NODE FAILURE", "a node of its job failed"},                  //
    {"PBS: job killed: walltime", "the time limit of its job was over"},  //
    {"TERM_RUNLIMIT", "the time limit of its job was over"},              // LSF
    {"TERM_PREEMPT", "its job was preempted by another"},                 //
    {" CANCELLED AT ", "its job was cancelled", true},                    // scancel; or srun, when a task failed
};

/// numpy, ndarray.tofile: "1000000 requested and 262144 written": the file took no more.
bool is_short_write(std::string_view line) {
  return has(line, " requested and ") && line.ends_with(" written");
}

}  // namespace

bool has_any(std::string_view line, std::span<const std::string_view> texts) {
  return std::ranges::any_of(texts, [&](std::string_view text) { return has(line, text); });
}

const Sign* sign_in(std::string_view line) {
  static constexpr Sign short_write{"written", "disk-full"};
  const auto found = std::ranges::find_if(signs, [&](const Sign& sign) { return has(line, sign.text); });
  if (found != std::end(signs)) return found;
  return is_short_write(line) ? &short_write : nullptr;
}

bool is_about_shared_memory(std::string_view line) {
  constexpr std::string_view words[] = {"/dev/shm", "SemLock",          "shared memory",
                                        "</torch",  "shared_memory.py", "multiprocessing/heap.py",
                                        "shm_open", "posixshmem"};
  return has_any(line, words);
}

const SchedulerWord* scheduler_word_in(std::string_view line) {
  const auto found =
      std::ranges::find_if(scheduler_words, [&](const SchedulerWord& word) { return has(line, word.text); });
  return found == std::end(scheduler_words) ? nullptr : found;
}

bool is_of_launcher(std::string_view line) {
  constexpr std::string_view words[] = {
      "ChildFailedError", "CalledProcessError", "ProcessRaisedException", "ProcessExitedException",
      "RemoteError:", "ActorDiedError", "WorkerCrashedError",
      // a rank that noticed that another one is gone
      "remote process exited", "ncclRemoteError", "Connection closed by peer", "Connection reset by peer"};
  return has_any(line, words);
}

bool is_warning(std::string_view line) {
  constexpr std::string_view words[] = {"Warning", "WARNING",      "warning",      "WARN",     "[W",
                                        "etrying", "etry",         "falling back", "kipping",  "gnoring",
                                        "ignored", "will operate", "ecovered",     "ontinuing"};
  return has_any(line, words);
}

}  // namespace vigie::rules
