// Any bytes as events of `vigie top --ui json`: every event is a key that has a name or a size within bounds, the end
// of the input is the last one, and a screen takes all of them.
#include <sys/mman.h>
#include <unistd.h>

#include <vector>

#include "base/fd.hpp"
#include "input.hpp"
#include "tui/json_display.hpp"
#include "tui/keys.hpp"

using vigie::tui::Event;

namespace {

/// What the display reads, one part after the other.
std::vector<Event> events_of(vigie::tui::JsonDisplay& display) {
  std::vector<Event> all;
  while (all.empty() || all.back().kind != Event::Kind::closed) {
    const std::vector<Event> some = display.events();
    all.insert(all.end(), some.begin(), some.end());
  }
  return all;
}

}  // namespace

FUZZ(text) {
  const vigie::Fd file(::memfd_create("events", MFD_CLOEXEC));
  must(::write(file.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size()));
  must(::lseek(file.get(), 0, SEEK_SET) == 0);
  vigie::tui::JsonDisplay display(file.get(), [](std::string_view) { return vigie::Result<void>(); });
  const std::vector<Event> events = events_of(display);
  must(events.size() <= text.size() + 1);
  const vigie::tui::Size size = display.size();
  must(size.rows >= 0 && size.rows <= 1000 && size.columns >= 0 && size.columns <= 1000);

  vigie::tui::ViewState state;
  const vigie::tui::Picture picture{.grid = vigie::tui::Grid({})};
  for (const Event& event : events) {
    if (event.kind != Event::Kind::key) continue;
    must(!vigie::tui::name_of(event.key).empty());
    must(vigie::tui::press(state, event.key, picture) != vigie::tui::Wish::perform);  // no plan was shown
  }
}
