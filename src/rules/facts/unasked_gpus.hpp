// GPUs that could not be asked: they are not to be taken for GPUs on which nothing is wrong.
#pragma once

#include <optional>
#include <string>

#include "model/frame.hpp"

namespace vigie::rules {

/// Why the GPUs of the host could not be asked, a clause: "the driver has not answered for 4.5 s". Nothing where they
/// were, or where there is no driver.
[[nodiscard]] std::optional<std::string> why_gpus_are_unknown(const Frame& frame);

/// Why the values of GPUs are of an earlier look: the driver is late. Nothing where all of them are new.
[[nodiscard]] std::optional<std::string> why_values_are_old(const Frame& frame);

/// Whether the driver does not tell which processes are on this GPU, because it is broken.
[[nodiscard]] bool hides_its_clients(const GpuSample& gpu);

/// Whether a GPU is broken in a way in which the driver does not tell which processes are on it, and the run is on no
/// other: findings about the host's GPUs may be about the run.
[[nodiscard]] bool may_be_on_a_broken_gpu(const Frame& frame, const Run& run);

}  // namespace vigie::rules
