#include "lab/tmux_panes.hpp"

#include <algorithm>
#include <sstream>

namespace vigie::lab {

std::vector<Session> sessions_in(const std::string& panes) {
  std::vector<Session> sessions;
  std::istringstream lines(panes);
  std::string last_window;
  unsigned in_window = 0;
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    unsigned clients = 0;
    std::string window, name;
    words >> clients >> window;
    std::getline(words >> std::ws, name);
    in_window = window == last_window ? in_window + 1 : 1;
    last_window = window;
    if (sessions.empty() || sessions.back().name != name) sessions.push_back({.name = name, .clients = clients});
    sessions.back().most_panes = std::max(sessions.back().most_panes, in_window);
  }
  return sessions;
}

}  // namespace vigie::lab
