#include "cli/say.hpp"

#include <nlohmann/json.hpp>

#include "cli/output.hpp"
#include "wire/json_text.hpp"

namespace vigie::cli {
namespace {

/// JSON escapes C0 alone (RFC 8259), and terminals obey C1 in UTF-8 as well. Both stand within strings only.
std::string harmless(const std::string& document) {
  std::string out;
  out.reserve(document.size());
  bool valid = true;
  for (std::size_t position = 0; position < document.size();) {
    const std::size_t begin = position;
    const char32_t code_point = next_code_point(document, position, valid);
    if (is_hostile(code_point)) {
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(code_point));
    } else {
      out.append(document, begin, position - begin);
    }
  }
  return out;
}

}  // namespace

void saying::to_output(std::string_view text) {
  (void)write_output(text).has_value();  // end_of_output() tells what was lost
}

void saying::to_errors(std::string_view text) {
  write_error(text);
}

void say_json(const nlohmann::json& document) {
  saying::to_output(harmless(wire::json_text(document)) + "\n");
}

}  // namespace vigie::cli
