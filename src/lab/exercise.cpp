#include "lab/exercise.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <stdexcept>

namespace vigie::lab {

std::string recall(const Memory& memory, const std::string& name) {
  const auto found = memory.find(name);
  return found == memory.end() ? std::string() : found->second;
}

bool seen_for(const Sight& sight, Memory& memory, const std::string& name, bool holds, double seconds) {
  // The time before the first look at it says nothing.
  const double so_far = memory.contains(name) ? recall_number(memory, name) + sight.seconds : 0;
  memory.erase(name);
  if (holds) memory[name] = fmt::format("{:.1f}", so_far);
  return holds && so_far >= seconds;
}

double recall_number(const Memory& memory, const std::string& name) {
  return std::strtod(recall(memory, name).c_str(), nullptr);
}

const ActorSight& Sight::actor(std::string_view name) const {
  const auto found = std::ranges::find(actors, name, &ActorSight::name);
  if (found == actors.end()) throw std::logic_error("no actor " + std::string(name));
  return *found;
}

bool Verdict::done() const {
  return mishap.empty() && std::ranges::all_of(steps, &Step::done);
}

std::span<const Exercise> exercises() {
  static const std::array all = {explore(),    peaks(),   monitoring(), priorities(),
                                 background(), zombies(), session(),    overnight()};
  return all;
}

std::string filled(std::string_view text, const Memory& memory) {
  std::string result;
  while (true) {
    const std::size_t open = text.find('{');
    const std::size_t close = text.find('}', open);
    if (open == std::string_view::npos || close == std::string_view::npos) return result += text;
    result += text.substr(0, open);
    const std::string name(text.substr(open + 1, close - open - 1));
    const std::string value = recall(memory, name);
    result += value.empty() ? "<" + name + ">" : value;
    text.remove_prefix(close + 1);
  }
}

}  // namespace vigie::lab
