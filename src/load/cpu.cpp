// Keeps CPUs busy: a thread for each, which computes for its share of every tenth of a second.
#include <atomic>
#include <cmath>

#include <fmt/format.h>

#include "load/background.hpp"
#include "load/load.hpp"
#include "load/room.hpp"
#include "load/work.hpp"

namespace vigie::load {
namespace {

class Cpu final : public Load {
 public:
  Cpu(unsigned cpus, double share) : cpus_(cpus), share_(share) {}

  std::string plan() const override {
    const std::string who = cpus_ == 1 ? "one CPU" : fmt::format("{} CPUs", cpus_);
    return share_ < 1 ? fmt::format("{} kept busy for {:.0f}% of the time", who, share_ * 100) : who + " kept busy";
  }

  Result<void> start() override {
    for (unsigned i = 0; i < cpus_; ++i) {
      Result<void> added = threads_.add([share = share_](const std::stop_token& stop) {
        constexpr double period = 0.1;
        while (!stop.stop_requested()) {
          compute_for(period * share);
          rest(stop, period * (1 - share));
        }
      });
      if (!added) return added;
    }
    return {};
  }

  std::string so_far() override { return fmt::format("{:.1f} s of CPU time used", cpu_seconds()); }
  std::vector<std::pair<std::string, double>> amounts() override {
    return {{"cpus", cpus_}, {"cpu_seconds", cpu_seconds()}};
  }

 private:
  unsigned cpus_;
  double share_;
  Background threads_;
};

}  // namespace

Result<std::unique_ptr<Load>> make_cpu(const Request& request, const Room& room, Leftovers& /*leftovers*/) {
  ASSIGN_OR_RETURN(unsigned cpus, bounded_cpus(request.count, room));
  const double share = request.rate.value_or(1);
  if (share > 1) return fail("--rate of cpu is a share of each CPU: 100% at most", ErrorKind::usage);
  return std::make_unique<Cpu>(cpus, share);
}

}  // namespace vigie::load
