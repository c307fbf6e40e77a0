// Whether a process that is started here outlives its user's login: by the rules of systemd-logind, where that is in
// charge.
#include <fcntl.h>
#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "base/directory.hpp"
#include "base/file.hpp"
#include "sources/capability/probes.hpp"
#include "sources/cgroup/places.hpp"

namespace vigie::capability {
namespace {

/// From the one that counts most to the one that counts least (logind.conf(5)); beside the proc tree.
constexpr std::array directories{"../etc/systemd", "../run/systemd", "../usr/lib/systemd"};

/// The keeper of this process, as its control group tells.
enum class Keeper : std::uint8_t { nobody, session, user_manager };

Keeper keeper_of(const Root& root) {
  std::string text;
  if (read_file(root.proc(), "self/cgroup", text) != 0) return Keeper::nobody;
  for (const cgroup::Membership& member : cgroup::parse_memberships(text)) {
    const bool systemds =
        member.unified || std::ranges::find(member.controllers, "name=systemd") != member.controllers.end();
    if (!systemds) continue;
    if (member.path.contains("/user@")) return Keeper::user_manager;
    if (member.path.contains("/session-") && member.path.contains(".scope")) return Keeper::session;
  }
  return Keeper::nobody;
}

using Settings = std::map<std::string, std::string, std::less<>>;

std::string_view without_blanks(std::string_view text) {
  constexpr std::string_view blanks = " \t\r";
  const std::size_t begin = text.find_first_not_of(blanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(blanks) - begin + 1);
}

/// The settings in a file; those commented out are what the distribution compiled in (logind.conf(5)).
Settings settings_in(std::string_view text, bool commented) {
  Settings settings;
  while (!text.empty()) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    if (line.starts_with('#') != commented) continue;
    if (commented) line.remove_prefix(1);
    const std::size_t equals = line.find('=');
    if (equals == std::string_view::npos) continue;
    settings.insert_or_assign(std::string(without_blanks(line.substr(0, equals))),
                              without_blanks(line.substr(equals + 1)));
  }
  return settings;
}

/// Additions to the configuration, in the order of their names wherever they lie; of two of one name the first counts.
std::map<std::string, std::string> additions(const Root& root) {
  std::map<std::string, std::string> files;
  for (const std::string directory : directories) {
    const std::string place = directory + "/logind.conf.d";
    for (const std::string& name : names_in(root.proc(), place, "")) {
      if (name.ends_with(".conf")) files.emplace(name, place + "/" + name);
    }
  }
  return files;
}

Settings logind_settings(const Root& root) {
  Settings settings;
  const auto take = [&settings](std::string_view text, bool commented) {
    for (auto& [name, value] : settings_in(text, commented)) settings.insert_or_assign(name, value);
  };
  std::string text;
  for (const std::string directory : directories) {
    if (read_file(root.proc(), (directory + "/logind.conf").c_str(), text) != 0) continue;
    take(text, true);
    take(text, false);
    break;
  }
  for (const auto& [name, path] : additions(root)) {
    if (read_file(root.proc(), path.c_str(), text) == 0) take(text, false);
  }
  return settings;
}

bool names(std::string_view list, std::string_view user) {
  while (!list.empty()) {
    const std::string_view word = list.substr(0, list.find_first_of(" \t"));
    if (word == user) return true;
    list.remove_prefix(std::min(word.size() + 1, list.size()));
  }
  return false;
}

/// Whether logind kills the processes that a session of `user` leaves, by its own decision.
bool kills_what_is_left(const Root& root, std::string_view user) {
  const Settings settings = logind_settings(root);
  const auto setting = [&settings](std::string_view name) {
    const auto found = settings.find(name);
    return found == settings.end() ? std::string_view() : std::string_view(found->second);
  };
  constexpr std::array on{"yes", "true", "1", "on", "y", "t"};
  if (std::ranges::find(on, setting("KillUserProcesses")) == on.end()) return false;
  if (names(setting("KillExcludeUsers"), user)) return false;
  return setting("KillOnlyUsers").empty() || names(setting("KillOnlyUsers"), user);
}

}  // namespace

Capability logout(const Root& root) {
  Capability result{.id = "logout", .reason = "what is started here goes on after its user has logged out"};
  const passwd* entry = ::getpwuid(::geteuid());
  const std::string user = entry == nullptr ? std::to_string(::geteuid()) : entry->pw_name;
  switch (keeper_of(root)) {
    case Keeper::nobody: return result;
    case Keeper::session:
      if (!kills_what_is_left(root, user)) return result;
      result.reason = "what is started here is killed when you log out (KillUserProcesses in logind.conf)";
      result.advice = "loginctl enable-linger, if you may; then start vigie by `systemd-run --user --scope`";
      break;
    case Keeper::user_manager:
      if (::faccessat(root.proc(), ("../var/lib/systemd/linger/" + user).c_str(), F_OK, 0) == 0) return result;
      result.reason = "what is started here is killed when your last login ends: your user manager keeps it";
      result.advice = "loginctl enable-linger, if you may; or start vigie from an SSH login of its own";
      break;
  }
  result.status = Ability::limited;
  return result;
}

}  // namespace vigie::capability
