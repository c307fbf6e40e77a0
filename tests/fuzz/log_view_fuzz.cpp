// Any bytes as the output of a run, shown: nothing of them may act on the terminal, and how they were split may not
// matter.
#include <string>

#include "base/text.hpp"
#include "input.hpp"
#include "terminal/log_view.hpp"

FUZZ(text) {
  vigie::terminal::LogView whole;
  std::string shown = whole.show(text);
  shown += whole.end();
  vigie::terminal::LogView pieces;
  std::string pieced;
  for (std::size_t at = 0; at < text.size(); at += 7) pieced += pieces.show(text.substr(at, 7));
  (void)pieces.current();
  must(shown == pieced + pieces.end());
  bool valid = true;
  for (std::size_t at = 0; at < shown.size();) {
    const char32_t code = vigie::next_code_point(shown, at, valid);
    must(valid && (code == U'\n' || !vigie::is_hostile(code)));
  }
  vigie::terminal::LogView settled;
  for (std::size_t at = 0; at < text.size(); at += 50) {
    (void)settled.show(text.substr(at, 50));
    (void)settled.settle();
  }
}
