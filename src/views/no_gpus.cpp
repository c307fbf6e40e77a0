#include "views/no_gpus.hpp"

namespace vigie::views {

std::unexpected<Error> no_gpus(const Frame& frame) {
  for (const SourceStatus& source : frame.snapshot->sources) {
    if (source.name != "gpu" || source.state == SourceState::ok) continue;
    const bool denied = source.state == SourceState::denied;
    return fail("no GPU to show: " + source.reason, denied ? ErrorKind::denied : ErrorKind::failed);
  }
  if (frame.snapshot->recorded) return fail("no GPU to show: none was recorded");
  return fail("no GPU to show: the driver is there and knows none");
}

}  // namespace vigie::views
