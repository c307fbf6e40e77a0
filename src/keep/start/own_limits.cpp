#include "keep/start/own_limits.hpp"

#include <sys/resource.h>

#include <array>

namespace vigie::keep {
namespace {

struct Limit {
  __rlimit_resource_t resource;
  bool raised = false;
  rlim_t before = 0;
};

std::array<Limit, 6> limits{
    {{RLIMIT_FSIZE}, {RLIMIT_CPU}, {RLIMIT_AS}, {RLIMIT_DATA}, {RLIMIT_NOFILE}, {RLIMIT_NPROC}}};

}  // namespace

void raise_own_limits() {
  for (Limit& limit : limits) {
    rlimit now{};
    if (::getrlimit(limit.resource, &now) != 0 || now.rlim_cur == now.rlim_max) continue;
    const rlimit higher{.rlim_cur = now.rlim_max, .rlim_max = now.rlim_max};
    limit.raised = ::setrlimit(limit.resource, &higher) == 0;
    limit.before = now.rlim_cur;
  }
}

void restore_limits() {
  for (const Limit& limit : limits) {
    rlimit now{};
    if (!limit.raised || ::getrlimit(limit.resource, &now) != 0) continue;
    now.rlim_cur = limit.before;
    ::setrlimit(limit.resource, &now);
  }
}

bool may_write(std::size_t bytes) {
  rlimit limit{};
  return ::getrlimit(RLIMIT_FSIZE, &limit) != 0 || bytes <= limit.rlim_cur;
}

}  // namespace vigie::keep
