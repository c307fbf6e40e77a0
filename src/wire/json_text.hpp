// JSON documents as text and back without losing a byte: texts in them may be any bytes (arguments, paths, the
// environment), and JSON is UTF-8. Both directions escape as escaped_utf8() does; nothing else writes or reads JSON.
#pragma once

#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

namespace vigie::wire {

/// `document` whose texts are any bytes, as one line, or with `indent` blanks a level.
[[nodiscard]] std::string json_text(nlohmann::json document, int indent = -1);

/// What json_text() was given; a discarded value when `text` is no JSON.
[[nodiscard]] nlohmann::json parse_json(std::string_view text);

/// The second half of parse_json(), for documents that tell by their version whether they are escaped.
void unescape_texts(nlohmann::json& document);

}  // namespace vigie::wire
