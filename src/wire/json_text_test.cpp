#include "wire/json_text.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/json_writer.hpp"

namespace vigie::wire {
namespace {

using nlohmann::json;

TEST(JsonText, KeepsBytesInTextsAndNamesAtAnyDepth) {
  const std::string text = json_object([](JsonWriter& writer) {
    writer.key("a\xff");
    writer.begin_array();
    writer.value("caf\xe9");
    writer.begin_object();
    writer.member("b", "\xc3");
    writer.end_object();
    writer.value(1);
    writer.null();
    writer.end_array();
    writer.member("plain", "é");
  });
  EXPECT_EQ(parse_json(text), json({{"a\xff", {"caf\xe9", {{"b", "\xc3"}}, 1, nullptr}}, {"plain", "é"}}));
  EXPECT_TRUE(text.contains(R"("caf\udbff\udce9")")) << text;
}

TEST(JsonText, KeepsWhatIsNotToBeSeenAndWritesItVisibly) {
  const std::string hidden = "pyt\u200bhon\U000e0041";
  const std::string text = json_object([&](JsonWriter& writer) { writer.member("name", hidden); });
  EXPECT_TRUE(text.contains(R"("pyt\u200bhon\udb40\udc41")")) << text;
  EXPECT_EQ(parse_json(text), json({{"name", hidden}}));
}

TEST(JsonText, IsNotOvercomeByDepth) {
  const std::string deep = std::string(1 << 20, '[') + std::string(1 << 20, ']');
  EXPECT_FALSE(parse_json(deep).is_discarded());
  EXPECT_TRUE(parse_json("{\"a\": ").is_discarded());
  EXPECT_TRUE(parse_json("\"\xff\"").is_discarded()) << "JSON is UTF-8";
}

}  // namespace
}  // namespace vigie::wire
