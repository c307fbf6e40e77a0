// Words as exec(3) takes them.
#pragma once

#include <string>
#include <vector>

namespace vigie {

/// Pointers to the words, the last one null. They live as long as `words`.
[[nodiscard]] inline std::vector<char*> pointers(std::vector<std::string>& words) {
  std::vector<char*> result;
  result.reserve(words.size() + 1);
  for (std::string& word : words) result.push_back(word.data());
  result.push_back(nullptr);
  return result;
}

}  // namespace vigie
