// A note is NAME.json: {"kind", "host", "pid", "start_ticks", "boot_id", "paths"}. It is made before the first path is,
// replaced atomically, and removed after the last path was: a load that is killed in between leaves a note that names
// all there is.
#include "load/leftovers.hpp"

#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/boot.hpp"
#include "base/directory.hpp"
#include "base/fd.hpp"
#include "base/file.hpp"
#include "base/json_writer.hpp"
#include "base/text.hpp"
#include "control/process.hpp"
#include "wire/json_text.hpp"
#include "wire/run_directory.hpp"

namespace vigie::load {
namespace {

constexpr std::string_view file_prefix = "vigie-load-";

/// Removes only a regular file of this user with a name that a load gives: a note that was tampered with removes
/// nothing else. Returns false when it was not there.
bool remove_path(const std::string& path) {
  struct stat info{};
  const bool named = std::filesystem::path(path).filename().string().starts_with(file_prefix);
  if (!named || ::lstat(path.c_str(), &info) != 0 || !S_ISREG(info.st_mode) || info.st_uid != ::geteuid()) return false;
  return ::unlink(path.c_str()) == 0;
}

/// Another host, or a container, may share the directory: whether its loads are alive cannot be told from here.
std::string host_name() {
  utsname names{};
  return ::uname(&names) == 0 ? names.nodename : "";
}

struct Note {
  std::string kind, host, boot;
  ProcessId load;
  std::vector<std::string> paths;
};

Result<Note> read_note(const std::string& path) {
  ASSIGN_OR_RETURN(std::string text, read_own_file(path));
  const nlohmann::json json = wire::parse_json(text);
  try {
    return Note{.kind = json.at("kind"),
                .host = json.at("host"),
                .boot = json.at("boot_id"),
                .load = {json.at("pid"), json.at("start_ticks")},
                .paths = json.at("paths")};
  } catch (const nlohmann::json::exception&) {
    return fail(safe_text(path) + " is no note of a load");
  }
}

bool may_be_alive(const Note& note) {
  if (note.host != host_name()) return true;
  return note.boot == boot_id() && control::may_be_alive(note.load);
}

}  // namespace

Result<Leftovers> Leftovers::open(std::string_view kind) {
  ASSIGN_OR_RETURN(std::string directory, wire::prepare_state_directory("load"));
  ASSIGN_OR_RETURN(ProcessId self, control::identify(::getpid()));
  Leftovers leftovers;
  leftovers.kind_ = kind;
  leftovers.directory_ = std::move(directory);
  leftovers.self_ = self;
  leftovers.note_ = fmt::format("{}-{}.json", self.pid, self.start_ticks);
  return leftovers;
}

Leftovers::Leftovers(Leftovers&& other) noexcept
    : kind_(std::move(other.kind_)),
      directory_(std::move(other.directory_)),
      note_(std::exchange(other.note_, {})),
      self_(other.self_),
      paths_(std::exchange(other.paths_, {})) {}

Leftovers::~Leftovers() {
  if (note_.empty() || self_.pid != ::getpid()) return;  // a child that was forked owns nothing
  for (const std::string& path : paths_) remove_path(path);
  if (!paths_.empty()) ::unlink((directory_ + "/" + note_).c_str());
}

Result<std::string> Leftovers::new_path(const std::string& directory) {
  std::uint32_t chance = 0;
  if (::getrandom(&chance, sizeof chance, 0) != sizeof chance) return fail_errno("cannot get random bytes", errno);
  std::string path = fmt::format("{}/{}{}-{}-{:08x}", directory, file_prefix, kind_, self_.pid, chance);
  paths_.push_back(path);
  const Fd here(::open(directory_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW));
  if (!here) return fail_errno("cannot open " + directory_, errno);
  const std::string text = json_object([&](JsonWriter& json) {
    json.member("kind", kind_);
    json.member("host", host_name());
    json.member("pid", self_.pid);
    json.member("start_ticks", self_.start_ticks);
    json.member("boot_id", boot_id());
    json.member("paths", paths_);
  });
  RETURN_IF_ERROR(replace_file(here.get(), note_, text + "\n"));
  return path;
}

Result<std::vector<std::string>> remove_leftovers() {
  std::vector<std::string> said;
  ASSIGN_OR_RETURN(std::string directory, wire::prepare_state_directory("load"));
  const Fd here(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW));
  for (const std::string& name : names_in(here.get(), ".", "")) {
    if (!name.ends_with(".json")) continue;
    const std::string path = directory + "/" + name;
    const Result<Note> note = read_note(path);
    if (!note || may_be_alive(*note)) continue;
    for (const std::string& left : note->paths) {
      if (remove_path(left)) {
        said.push_back(fmt::format("removed {}, left by load {} (pid {}), which was killed", safe_text(left),
                                   safe_text(note->kind), note->load.pid));
      }
    }
    ::unlink(path.c_str());
  }
  return said;
}

}  // namespace vigie::load
