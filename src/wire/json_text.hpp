// JSON that JsonWriter wrote, read without losing a byte: texts in it may be any bytes (arguments, paths, the
// environment), and JSON is UTF-8. Both escape as escaped_utf8() does; nothing else writes or reads JSON.
#pragma once

#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

namespace vigie::wire {

/// The document, its texts as they were given to the writer; a discarded value when `text` is no JSON.
[[nodiscard]] nlohmann::json parse_json(std::string_view text);

/// The second half of parse_json(), for documents that tell by their version whether they are escaped.
void unescape_texts(nlohmann::json& document);

}  // namespace vigie::wire
