// One line of JSON, then the bytes. A file without that line is not ours.
#include "load/checkpoint.hpp"

#include <fcntl.h>

#include <cerrno>
#include <filesystem>

#include <nlohmann/json.hpp>

#include "base/fd.hpp"
#include "base/file.hpp"
#include "base/json_writer.hpp"
#include "base/text.hpp"
#include "wire/json_text.hpp"

namespace vigie::load {
namespace {

constexpr std::size_t weights = 16 << 20;  // bytes: a peak that every tool for disks shows

}  // namespace

Result<std::optional<Checkpoint>> read_checkpoint(const std::string& path) {
  std::error_code none;
  const std::filesystem::file_status there = std::filesystem::status(path, none);
  if (std::filesystem::exists(there) && !std::filesystem::is_regular_file(there))
    return fail(safe_text(path) + " is no file: name another one");
  std::string text;
  if (const int error = read_beginning(AT_FDCWD, path.c_str(), text, 4096); error != 0) {
    if (error == ENOENT) return std::optional<Checkpoint>();
    return fail_errno("cannot read " + safe_text(path), error);
  }
  const nlohmann::json json = wire::parse_json(std::string_view(text).substr(0, text.find('\n')));
  try {
    return Checkpoint{.step = json.at("step"),
                      .total = json.at("total"),
                      .began_at = json.at("began_at"),
                      .pid = json.at("pid"),
                      .saved = json.at("saved"),
                      .before_pid = json.at("before_pid"),
                      .before_saved = json.at("before_saved")};
  } catch (const nlohmann::json::exception&) {
    return fail(safe_text(path) + " is there and no checkpoint of load training: name another file");
  }
}

Result<void> write_checkpoint(const std::string& path, const Checkpoint& checkpoint) {
  const std::filesystem::path file(path);
  const std::string directory = file.has_parent_path() ? file.parent_path().string() : ".";
  const Fd here(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!here) return fail_errno("cannot open " + safe_text(directory), errno);
  std::string content = json_object([&](JsonWriter& json) {
    json.member("step", checkpoint.step);
    json.member("total", checkpoint.total);
    json.member("began_at", checkpoint.began_at);
    json.member("pid", checkpoint.pid);
    json.member("saved", checkpoint.saved);
    json.member("before_pid", checkpoint.before_pid);
    json.member("before_saved", checkpoint.before_saved);
  });
  content += '\n';
  content.resize(content.size() + weights, 'w');
  return replace_file(here.get(), file.filename().string(), content);
}

}  // namespace vigie::load
