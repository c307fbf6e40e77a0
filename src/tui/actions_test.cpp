#include "tui/actions.hpp"

#include <gtest/gtest.h>

#include <set>

#include "tui/picture_for_tests.hpp"

namespace vigie::tui {
namespace {

config::KeyChoice choice(std::string action, std::vector<std::string> keys) {
  return {.action = std::move(action),
          .keys = std::move(keys),
          .origin = {.kind = config::Origin::Kind::file, .name = "config.toml", .line = 7}};
}

std::string refusal(const config::KeyChoices& choices) {
  const auto keys = key_map(choices);
  return keys ? std::string() : keys.error().message;
}

TEST(Actions, EveryBindingHasAnActionOfItsOwn) {
  std::set<std::string_view> names;
  for (const Binding& binding : bindings()) {
    EXPECT_NE(binding.action, "") << binding.keys;
    EXPECT_TRUE(names.insert(binding.action).second) << binding.keys;
  }
}

TEST(Actions, AChangedKeyDoesItAndTheOldOneDoesNot) {
  const StillTime time(small_host().frame());
  ViewState state{.screen = ScreenId::processes};
  state.keys = *key_map({choice("freeze", {"x", "Ctrl-F"})});
  const Picture picture = draw_processes(time.window(), state, {.rows = 10, .columns = 80});
  (void)press(state, key_named("Z"), picture);
  EXPECT_FALSE(state.frozen);
  (void)press(state, key_named("x"), picture);
  EXPECT_TRUE(state.frozen);
  (void)press(state, key_named("Ctrl-F"), picture);
  EXPECT_FALSE(state.frozen);
}

TEST(Actions, AKeyThatWouldDoTwoThingsIsRefused) {
  EXPECT_EQ(refusal({choice("freeze", {"k"})}),
            "config.toml:7: top.keys.freeze: \"k\" is a key of signal, too; give each key to one action");
  EXPECT_EQ(refusal({choice("freeze", {"1"})}),
            "config.toml:7: top.keys.freeze: \"1\" is a key of the screens, too; give each key to one action");
  EXPECT_EQ(refusal({choice("freeze", {"k"}), choice("signal", {"F9"})}), "");
  EXPECT_EQ(refusal({choice("stop", {})}), "");
}

TEST(Actions, AnUnknownActionOrKeyNamesTheNearest) {
  EXPECT_EQ(refusal({choice("ordr_cpu", {"x"})}),
            "config.toml:7: top.keys has no action ordr_cpu; did you mean order_cpu?");
  EXPECT_EQ(refusal({choice("freeze", {"PgUpp"})}),
            "config.toml:7: top.keys.freeze: there is no key \"PgUpp\"; did you mean PgUp?");
}

}  // namespace
}  // namespace vigie::tui
