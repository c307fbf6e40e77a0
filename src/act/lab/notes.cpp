#include "act/lab/notes.hpp"

#include <fcntl.h>

#include <cerrno>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/fd.hpp"
#include "base/file.hpp"
#include "base/json_writer.hpp"
#include "base/text.hpp"
#include "wire/json_text.hpp"
#include "wire/run_directory.hpp"

namespace vigie::act {
namespace {

std::string name_of_notes(int number) {
  return fmt::format("{}.json", number);
}

}  // namespace

Result<std::string> lab_directory() {
  return wire::prepare_state_directory("lab");
}

Result<LabNotes> read_lab_notes(const std::string& directory, int number) {
  const std::string path = directory + "/" + name_of_notes(number);
  Result<std::string> text = read_own_file(path);
  if (!text && text.error().errno_value == ENOENT) return LabNotes{};
  RETURN_IF_ERROR(text);
  const nlohmann::json json = wire::parse_json(*text);
  try {
    return LabNotes{.begun = json.at("begun"), .done_wall_ns = json.at("done_wall_ns"), .memory = json.at("memory")};
  } catch (const nlohmann::json::exception&) {
    return fail(safe_text(path) + " cannot be understood: `vigie lab --reset` begins anew");
  }
}

Result<void> write_lab_notes(const std::string& directory, int number, const LabNotes& notes) {
  const Fd here(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!here) return fail_errno("cannot open " + directory, errno);
  const std::string text = json_object([&](JsonWriter& json) {
    json.member("begun", notes.begun);
    json.member("done_wall_ns", notes.done_wall_ns);
    json.key("memory");
    json.begin_object();
    for (const auto& [name, value] : notes.memory) json.member(name, value);
    json.end_object();
  });
  return replace_file(here.get(), name_of_notes(number), text + "\n");
}

}  // namespace vigie::act
