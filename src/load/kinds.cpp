#include "load/kinds.hpp"

#include <algorithm>
#include <array>

namespace vigie::load {
namespace {

using enum Takes;

constexpr std::array<Kind, 10> all = {{
    {"cpu", "keeps one CPU busy, or --cpus N; --rate 30% of each", BitSet<Takes>(cpus) | rate, "%", make_cpu},
    {"memory", "takes 1G and writes to all of it, at most a quarter of what is available; --size", size, "",
     make_memory},
    {"disk", "writes a file of 2G past the page cache, then reads it again and again; --size, --rate, --dir",
     BitSet<Takes>(size) | rate | directory, "bytes", make_disk},
    {"net", "sends 100M a second over a TCP connection to itself; --rate", rate, "bytes", make_net},
    {"threads", "200 threads that wait; --count", count, "", make_threads},
    {"zombie", "5 children that ended and that their parent does not wait for; --count", count, "", make_zombie},
    {"leak", "takes 16M more each second and gives nothing back, up to the bound of memory; --rate, --size",
     BitSet<Takes>(size) | rate, "bytes", make_leak},
    {"hang", "two threads that wait for each other for ever", {}, "", make_hang},
    {"shm", "a segment of 256M in /dev/shm; --size", size, "", make_shm},
    {"training",
     "the pattern of a training: steps, loader workers (--count 2), peaks (--size 128M), --rate 10 steps a second; "
     "with --checkpoint FILE it saves on SIGTERM and goes on from there",
     BitSet<Takes>(size) | rate | count | checkpoint, "steps", make_training},
}};

}  // namespace

std::span<const Kind> kinds() {
  return all;
}

const Kind* find_kind(std::string_view name) {
  const auto* const found = std::ranges::find(all, name, &Kind::name);
  return found == all.end() ? nullptr : found;
}

}  // namespace vigie::load
