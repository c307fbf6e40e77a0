#include "cli/say.hpp"

#include "cli/output.hpp"

namespace vigie::cli {

void saying::to_output(std::string_view text) {
  ignore_error(write_output(text));  // end_of_output() reports lost output
}

void saying::to_errors(std::string_view text) {
  write_error(text);
}

void say_text(std::string_view safe) {
  saying::to_output(safe);
}

void say_json(const std::function<void(JsonWriter&)>& write) {
  std::string document;
  JsonWriter writer(document);
  writer.begin_object();
  writer.member("vigie", "1");
  write(writer);
  writer.end_object();
  saying::to_output(document + "\n");
}

}  // namespace vigie::cli
