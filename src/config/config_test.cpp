#include "config/config.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "base/test_directory.hpp"
#include "config/keys.hpp"

namespace vigie::config {
namespace {

std::string refusal(std::string_view text) {
  Config config;
  const Result<void> taken = take_text(config, text, "config.toml");
  if (taken) return {};
  EXPECT_EQ(taken.error().kind, ErrorKind::usage);
  return taken.error().message;
}

Config config_of(std::string_view text) {
  Config config;
  const Result<void> taken = take_text(config, text, "config.toml");
  EXPECT_TRUE(taken) << taken.error().message;
  return config;
}

TEST(Configs, AValueKnowsTheLineItIsFrom) {
  const Config config = config_of("# mine\n[top]\ninterval = \"500ms\"\nread_only = true\n");
  EXPECT_EQ(config.top.interval_seconds.value, 0.5);
  EXPECT_EQ(describe(config.top.interval_seconds.origin), "config.toml:3");
  EXPECT_TRUE(config.top.read_only.value);
  EXPECT_EQ(describe(config.top.symbols.origin), "built in");
}

TEST(Configs, ADurationIsANumberOrAText) {
  EXPECT_EQ(config_of("top.interval = 3").top.interval_seconds.value, 3);
  EXPECT_EQ(config_of("top.interval = 0.5").top.interval_seconds.value, 0.5);
  EXPECT_EQ(config_of("top.interval = \"2m\"").top.interval_seconds.value, 120);
}

TEST(Configs, AnUnknownKeyNamesTheNearest) {
  EXPECT_EQ(refusal("[top]\nintervall = 2\n"),
            "config.toml:2:1: there is no key top.intervall; did you mean top.interval?");
  EXPECT_EQ(refusal("interval = 2\n"), "config.toml:1:1: there is no key interval; did you mean top.interval?");
  EXPECT_NE(refusal("[top]\nkeys = 3\n"), "");
}

TEST(Configs, AWrongTypeOrValueSaysWhatIsExpected) {
  EXPECT_EQ(refusal("[top]\nread_only = 1\n"),
            "config.toml:2:1: top.read_only wants true or false, not a whole number");
  EXPECT_EQ(refusal("[top]\nsymbols = \"dots\"\n"),
            "config.toml:2:1: top.symbols wants one of braille block ascii, not \"dots\"");
  EXPECT_EQ(refusal("[top]\ninterval = 0\n"),
            "config.toml:2:1: top.interval wants a duration of at least 0.1 seconds, as 2 or \"500ms\", not 0");
  EXPECT_EQ(refusal("[top]\ninterval = nan\n"),
            "config.toml:2:1: top.interval wants a duration of at least 0.1 seconds, as 2 or \"500ms\", not nan");
  EXPECT_EQ(refusal("[top]\ncolumns = [1, 2]\n"),
            "config.toml:2:1: top.columns wants a list of names of columns, not a list of something else than texts");
}

TEST(Configs, WhatIsNoTomlIsSaidWithItsPlace) {
  EXPECT_TRUE(refusal("[top]\ninterval = \n").starts_with("config.toml:2:")) << refusal("[top]\ninterval = \n");
  EXPECT_TRUE(refusal("[top]\nsort = \"a\"\nsort = \"b\"\n").starts_with("config.toml:3:"));
}

TEST(Configs, ABracketWithoutAKeyIsAnError) {
  EXPECT_TRUE(refusal("[#to").starts_with("config.toml:1:2: ")) << refusal("[#to");
}

TEST(Configs, ALetterOutsideOfATextIsAnError) {
  for (const char* text : {"top.columns = [\"pid\",\u0137]", "\u00e9 = 1", "top.interval = 2 \u0416"})
    EXPECT_TRUE(refusal(text).starts_with("config.toml:1:")) << text;
}

TEST(Configs, ManyTablesWithinTablesAreRefused) {
  std::string key = "a";
  for (int depth = 0; depth < 300'000; ++depth) key += ".a";
  EXPECT_EQ(refusal("# ..........\n" + key + " = 1\n"), "config.toml:2:1: too many dots in one line");
}

TEST(Configs, NothingOfAFileReachesAMessageRaw) {
  for (const char* text : {"\"\\u001b[31m\" = 2", "top.symbols = \"\\u001b[31m\"", "x = \x1b"})
    EXPECT_EQ(refusal(text).find('\x1b'), std::string::npos) << refusal(text);
}

TEST(Configs, KeysOfAnActionAreOneOrAList) {
  const Config config = config_of("[top.keys]\nstop = \"F7\"\nfreeze = [\"z\", \"Z\"]\nquit = []\n");
  ASSERT_EQ(config.top.keys.size(), 3U);
  EXPECT_EQ(config.top.keys[0].keys, std::vector<std::string>{"F7"});
  EXPECT_EQ(config.top.keys[1].keys, (std::vector<std::string>{"z", "Z"}));
  EXPECT_TRUE(config.top.keys[2].keys.empty());
}

TEST(Configs, WhatIsInForceIsTomlAgain) {
  Config config = config_of("[top]\ninterval = 1.5\nsort = \"-rss\"\ncolumns = [\"pid\"]\n[top.keys]\nstop = \"F7\"\n");
  std::string text;
  for (const InForce& one : in_force(config)) text += one.name + " = " + one.value + "\n";
  const Config again = config_of(text);
  EXPECT_EQ(again.top.interval_seconds.value, 1.5);
  EXPECT_EQ(again.top.sort.value, "-rss");
  EXPECT_EQ(again.top.columns.value, std::vector<std::string>{"pid"});
  ASSERT_EQ(again.top.keys.size(), 1U);
  EXPECT_EQ(again.top.keys[0].keys, std::vector<std::string>{"F7"});
}

TEST(ConfigFiles, AnAbsentFileIsAnEmptyOne) {
  const TestDirectory directory;
  const Result<std::string> text = read_config_text(directory.path("none/config.toml"));
  ASSERT_TRUE(text);
  EXPECT_EQ(*text, "");
}

TEST(ConfigFiles, WhatOthersMayWriteIsRefused) {
  const TestDirectory directory;
  const std::string path = directory.path("config.toml");
  std::ofstream(path) << "[top]\n";
  ASSERT_EQ(::chmod(path.c_str(), 0600), 0);
  EXPECT_TRUE(read_config_text(path));
  for (const mode_t mode : {0620, 0602}) {
    ASSERT_EQ(::chmod(path.c_str(), mode), 0);
    const Result<std::string> text = read_config_text(path);
    ASSERT_FALSE(text);
    EXPECT_EQ(text.error().kind, ErrorKind::denied);
  }
}

TEST(ConfigFiles, APipeInItsPlaceIsNotWaitedFor) {
  const TestDirectory directory;
  ASSERT_EQ(::mkfifo(directory.path("config.toml").c_str(), 0600), 0);
  EXPECT_FALSE(read_config_text(directory.path("config.toml")));
  EXPECT_FALSE(read_config_text(directory.path()));
}

TEST(ConfigFiles, ALinkLeadsToTheFile) {
  const TestDirectory directory;
  std::ofstream(directory.path("mine.toml")) << "[top]\n";
  ASSERT_EQ(::chmod(directory.path("mine.toml").c_str(), 0600), 0);
  std::filesystem::create_symlink("mine.toml", directory.path("config.toml"));
  EXPECT_EQ(*read_config_text(directory.path("config.toml")), "[top]\n");
}

}  // namespace
}  // namespace vigie::config
