#include "lab/exercise.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <stdexcept>

namespace vigie::lab {

std::string recall(const Memory& memory, const std::string& name) {
  const auto found = memory.find(name);
  return found == memory.end() ? std::string() : found->second;
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
