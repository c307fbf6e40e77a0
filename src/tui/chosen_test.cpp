#include "tui/chosen.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "base/test_directory.hpp"

namespace vigie::tui {
namespace {

class Chosen : public testing::Test {
 protected:
  void SetUp() override { ::setenv("XDG_STATE_HOME", state_.path().c_str(), 1); }
  void TearDown() override { ::unsetenv("XDG_STATE_HOME"); }

  /// What vigie top begins with, with that text as configuration.
  static ViewState begun(const std::string& text) {
    config::Config config;
    EXPECT_TRUE(config::take_text(config, text, "config.toml"));
    EXPECT_TRUE(take_kept(config.top));
    ViewState state;
    const Result<void> taken = take_config(state, config.top);
    EXPECT_TRUE(taken) << taken.error().message;
    return state;
  }

  TestDirectory state_;
};

TEST_F(Chosen, WhatWasChosenIsThereTheNextTime) {
  const ViewState before = begun("");
  ViewState after = before;
  after.sort = "rss_bytes";
  after.ascending = true;
  after.columns = {"pid", "nice", "command"};
  ASSERT_TRUE(keep_chosen(before, after));
  const ViewState next = begun("");
  EXPECT_EQ(next.sort, "rss_bytes");
  EXPECT_TRUE(next.ascending);
  EXPECT_EQ(next.columns, after.columns);
}

TEST_F(Chosen, TheConfigurationGoesBeforeIt) {
  ViewState after = begun("");
  after.sort = "rss_bytes";
  ASSERT_TRUE(keep_chosen(begun(""), after));
  EXPECT_EQ(begun("[top]\nsort = \"pid\"\n").sort, "pid");
}

TEST_F(Chosen, NothingIsWrittenWhereNothingWasChosen) {
  ASSERT_TRUE(keep_chosen(begun(""), begun("")));
  EXPECT_FALSE(std::filesystem::exists(state_.path("vigie")));
}

TEST_F(Chosen, ABrokenFileIsSaidAndChangesNothing) {
  std::filesystem::create_directories(state_.path("vigie/top"));
  std::ofstream(state_.path("vigie/top/chosen.toml")) << "[top]\nsort = \"nothing\"\n";
  config::TopConfig config;
  EXPECT_FALSE(take_kept(config));
  EXPECT_EQ(config.sort.value, "cpu_percent");
}

TEST_F(Chosen, AnOrderHasTheDirectionThatIsWrittenOrTheUsualOne) {
  EXPECT_TRUE(begun("top.sort = \"pid\"").ascending);
  EXPECT_FALSE(begun("top.sort = \"rss\"").ascending);
  EXPECT_FALSE(begun("top.sort = \"-pid\"").ascending);
  EXPECT_TRUE(begun("top.sort = \"+rss\"").ascending);
}

TEST_F(Chosen, AnUnknownColumnNamesTheNearestAndTheLine) {
  config::Config config;
  ASSERT_TRUE(config::take_text(config, "\n[top]\ncolumns = [\"pid\", \"usr\"]\n", "config.toml"));
  ViewState state;
  const Result<void> taken = take_config(state, config.top);
  ASSERT_FALSE(taken);
  EXPECT_TRUE(taken.error().message.starts_with("config.toml:3: ")) << taken.error().message;
  EXPECT_NE(taken.error().message.find("user"), std::string::npos) << taken.error().message;
  EXPECT_EQ(taken.error().kind, ErrorKind::usage);
}

}  // namespace
}  // namespace vigie::tui
