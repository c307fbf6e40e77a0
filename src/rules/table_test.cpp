#include "rules/table.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <tuple>

#include "rules/scene_for_tests.hpp"

namespace vigie::rules {
namespace {

const std::filesystem::path project = std::filesystem::path(VIGIE_FIXTURES).parent_path().parent_path();

bool is_kebab_case(std::string_view id) {
  const auto is_of_word = [](char c) { return c >= 'a' && c <= 'z'; };
  return !id.empty() && is_of_word(id.front()) && is_of_word(id.back()) && id.find("--") == std::string_view::npos &&
         std::ranges::all_of(id, [&](char c) { return c == '-' || is_of_word(c); });
}

/// "loader_disk" of src/rules/loader_disk.cpp: a file that holds rules, neither the judge nor a test.
std::set<std::string> files_of_rules() {
  std::set<std::string> names;
  for (const auto& file : std::filesystem::directory_iterator(project / "src/rules")) {
    const std::string name = file.path().stem();
    if (file.path().extension() != ".cpp" || name.ends_with("_test") || name == "judge" || name == "case") continue;
    names.insert(name);
  }
  return names;
}

std::string file_of(std::string_view id) {
  std::string name(id);
  std::ranges::replace(name, '-', '_');
  return name;
}

bool is_asked(const Rule& rule) {
  return rule.stage != Stage::ended && rule.stage != Stage::checklist;
}

TEST(RuleTable, AnIdIsAFewWordsWithDashes) {
  for (const Rule& rule : table) EXPECT_TRUE(is_kebab_case(rule.id)) << rule.id;
}

TEST(RuleTable, NoRowStandsThereTwice) {
  std::set<std::tuple<std::string_view, Stage, std::optional<Finding> (*)(const Case&)>> rows;
  for (const Rule& rule : table)
    EXPECT_TRUE(rows.emplace(rule.id, rule.stage, rule.apply).second) << rule.id << " stands there twice";
}

TEST(RuleTable, NoTwoRowsAskTheSameFunction) {
  std::set<std::optional<Finding> (*)(const Case&)> asked;
  for (const Rule& rule : table) {
    if (rule.apply != nullptr) EXPECT_TRUE(asked.insert(rule.apply).second) << rule.id << " is asked twice";
  }
}

TEST(RuleTable, RowsOfOneIdStandTogetherWithinTheirStage) {
  std::set<std::pair<Stage, std::string_view>> before;
  const Rule* last = nullptr;
  for (const Rule& rule : table) {
    const bool goes_on = last != nullptr && last->id == rule.id && last->stage == rule.stage;
    EXPECT_TRUE(before.emplace(rule.stage, rule.id).second || goes_on) << rule.id;
    last = &rule;
  }
}

TEST(RuleTable, WhatIsAskedHasAFunctionAndWhatIsSaidElsewhereHasNone) {
  for (const Rule& rule : table) {
    EXPECT_EQ(rule.apply != nullptr, is_asked(rule)) << rule.id;
    EXPECT_EQ(rule.suspects != nullptr, rule.wants_seconds > 0) << rule.id;
  }
}

TEST(RuleTable, ARuleLiesInTheFileOfItsName) {
  const std::set<std::string> files = files_of_rules();
  for (const Rule& rule : table) {
    if (is_asked(rule)) EXPECT_TRUE(files.contains(file_of(rule.id))) << rule.id;
  }
  for (const std::string& file : files) {
    EXPECT_TRUE(std::ranges::any_of(table, [&](const Rule& rule) { return file.starts_with(file_of(rule.id)); }))
        << "src/rules/" << file << ".cpp is named as no rule";
  }
}

/// Words in quotes on the lines of a scenario that begin with `key`: rule = "hung", never = ["hung", "zombies"].
std::set<std::string> words_of(const std::filesystem::path& scenario, std::string_view key) {
  std::set<std::string> words;
  std::ifstream file(scenario);
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with(key) || line.find('=') == std::string::npos) continue;
    for (std::size_t at = line.find('"'); at != std::string::npos; at = line.find('"', at)) {
      const std::size_t end = line.find('"', at + 1);
      if (end > at + 1) words.insert(line.substr(at + 1, end - at - 1));
      at = end == std::string::npos ? end : end + 1;
    }
  }
  return words;
}

TEST(RuleTable, ScenariosKnowItsIdsAndShowThem) {
  std::set<std::string> shown;
  for (const auto& scenario : std::filesystem::directory_iterator(project / "tests/scenarios")) {
    const std::filesystem::path file = scenario.path() / "scenario.toml";
    for (const std::string_view key : {"rule ", "never ", "also "}) {
      for (const std::string& id : words_of(file, key)) EXPECT_TRUE(is_rule(id)) << file << " names " << id;
    }
    shown.merge(words_of(file, "rule "));
  }
  for (const Rule& rule : table) {
    if (is_asked(rule)) EXPECT_TRUE(shown.contains(std::string(rule.id))) << "no scenario shows " << rule.id;
  }
}

/// After all tests: a rule that none of them made fire is one that nobody would miss.
class EveryRuleFires : public testing::Environment {
 public:
  void TearDown() override {
    if (GTEST_FLAG_GET(filter) != "*") return;  // only some of the tests were run
    for (const Rule& rule : table) {
      if (rule.apply != nullptr) EXPECT_TRUE(found_by_tests.contains(&rule)) << "no test makes it fire: " << name(rule);
      if (rule.suspects != nullptr)
        EXPECT_TRUE(suspected_by_tests.contains(&rule)) << "no test makes it suspect anything: " << name(rule);
    }
  }

 private:
  static std::string name(const Rule& rule) {
    return std::string(rule.id) + ", row " + std::to_string(&rule - std::begin(table));
  }
};

[[maybe_unused]] const auto* const every_rule_fires = testing::AddGlobalTestEnvironment(new EveryRuleFires);

}  // namespace
}  // namespace vigie::rules
