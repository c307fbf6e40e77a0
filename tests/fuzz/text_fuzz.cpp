// Any bytes on their way to a terminal: what comes out is valid UTF-8, harmless, and as narrow as was asked for.
// On their way to JSON they lose nothing.
#include "base/text.hpp"
#include "base/utf8.hpp"
#include "input.hpp"

namespace {

void must_be_harmless(std::string_view text) {
  for (std::size_t position = 0; position < text.size();) {
    bool valid = true;
    const char32_t code_point = vigie::next_code_point(text, position, valid);
    must(valid && !vigie::is_hostile(code_point));
  }
}

}  // namespace

FUZZ(text) {
  const std::string safe = vigie::safe_text(text);
  must_be_harmless(safe);
  must(vigie::safe_text(safe) == safe);
  const std::string escaped = vigie::escaped_utf8(text);
  for (std::size_t position = 0; position < escaped.size();) {
    bool valid = true;
    (void)vigie::next_code_point(escaped, position, valid);
    must(valid);
  }
  must(vigie::unescaped_utf8(escaped) == text);
  for (const std::size_t columns : {0U, 1U, 2U, 7U, 80U}) {
    const std::string cut = vigie::cut_to_width(safe, columns);
    must_be_harmless(cut);
    must(vigie::display_width(cut) <= columns);
  }
}
