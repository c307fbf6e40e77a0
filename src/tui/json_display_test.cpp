#include "tui/json_display.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include "base/fd.hpp"

namespace vigie::tui {
namespace {

struct Pipe {
  Pipe() {
    int ends[2];
    EXPECT_EQ(::pipe(ends), 0);
    out.reset(ends[0]);
    in.reset(ends[1]);
  }
  void write(std::string_view text) const {
    EXPECT_EQ(::write(in.get(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }
  Fd out, in;
};

std::vector<Event> events_of(std::string_view text) {
  const Pipe pipe;
  JsonDisplay display(pipe.out.get(), [](std::string_view) { return Result<void>(); });
  pipe.write(text);
  return display.events();
}

TEST(JsonDisplays, NothingToReadIsNotWaitedFor) {
  EXPECT_TRUE(events_of("").empty());
}

TEST(JsonDisplays, KeysTextsAndSizesAreEvents) {
  const std::vector<Event> events = events_of("{\"key\": \"PgDn\"}\n{\"text\": \"a\"}\n{\"resize\": [5, 20]}\n");
  ASSERT_EQ(events.size(), 3U);
  EXPECT_EQ(events[0].key.code, Key::Code::page_down);
  EXPECT_EQ(events[1].key, Key::of(U'a'));
  EXPECT_EQ(events[2].kind, Event::Kind::resize);
}

TEST(JsonDisplays, AnythingElseIsLeftOut) {
  EXPECT_TRUE(
      events_of("[]\n{\"key\": 4}\n\xff\n{\"key\": \"no such key\"}\n{\"resize\": [\"a\", 1]}\n{\"half").empty());
}

TEST(JsonDisplays, ALineThatIsTooLongIsThrownAwayAndTheNextOneCounts) {
  const Pipe pipe;
  JsonDisplay display(pipe.out.get(), [](std::string_view) { return Result<void>(); });
  const std::string part(4096, ' ');
  for (int parts = 0; parts < 17; ++parts) {  // 68 KiB, which JSON takes as the beginning of an object
    pipe.write(part);
    EXPECT_TRUE(display.events().empty());
  }
  pipe.write("{\"text\": \"a\"}\n{\"text\": \"b\"}\n");
  const std::vector<Event> events = display.events();
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].key, Key::of(U'b'));
}

TEST(JsonDisplays, TheEndOfTheInputIsTheEnd) {
  Pipe pipe;
  JsonDisplay display(pipe.out.get(), [](std::string_view) { return Result<void>(); });
  pipe.in.reset();
  const std::vector<Event> events = display.events();
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].kind, Event::Kind::closed);
}

TEST(JsonDisplays, AGridIsItsLinesAndTheRunsOfItsRoles) {
  Grid grid({1, 4});
  grid.put(0, 0, "ab", Role::title);
  EXPECT_EQ(json_of(grid),
            "{\"rows\": 1, \"columns\": 4, \"lines\": [\"ab\"], \"roles\": [[[\"title\", 2], [\"normal\", 2]]]}\n");
}

}  // namespace
}  // namespace vigie::tui
