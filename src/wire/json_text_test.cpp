#include "wire/json_text.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace vigie::wire {
namespace {

using nlohmann::json;

TEST(JsonText, KeepsBytesInTextsAndNamesAtAnyDepth) {
  const json document{{"a\xff", {"caf\xe9", {{"b", "\xc3"}}, 1, nullptr}}, {"plain", "é"}};
  EXPECT_EQ(parse_json(json_text(document)), document);
  EXPECT_EQ(json_text(json("caf\xe9")), R"("caf\udbff\udce9")");
}

TEST(JsonText, IsNotOvercomeByDepth) {
  const std::string deep = std::string(1 << 20, '[') + std::string(1 << 20, ']');
  EXPECT_FALSE(parse_json(deep).is_discarded());
  EXPECT_TRUE(parse_json("{\"a\": ").is_discarded());
  EXPECT_TRUE(parse_json("\"\xff\"").is_discarded()) << "JSON is UTF-8";
}

}  // namespace
}  // namespace vigie::wire
