#include "act/check_places.hpp"

#include <filesystem>
#include <system_error>

#include "wire/run_directory.hpp"

namespace vigie::act {

rules::CheckPlaces check_places(const Frame& frame, const std::vector<std::size_t>& target) {
  rules::CheckPlaces found;
  if (frame.snapshot->observer == 0 || frame.snapshot->recorded) return found;
  if (Result<std::string> runs = wire::runs_path()) found.state = std::move(*runs);
  if (!target.empty()) {
    found.cwd = frame.snapshot->processes[target.front()].cwd.value_or({});
    return found;
  }
  std::error_code error;
  found.cwd = std::filesystem::current_path(error).string();
  return found;
}

}  // namespace vigie::act
