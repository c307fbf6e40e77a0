// vigie config: what is in force, and where each value is from.
#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "base/json_writer.hpp"
#include "cli/command.hpp"
#include "cli/say.hpp"
#include "config/config.hpp"
#include "config/keys.hpp"
#include "tui/chosen.hpp"
#include "tui/view_state.hpp"

namespace vigie::cli {

namespace {

struct ConfigOptions {
  bool path = false, keys = false, json = false;
};

std::string_view name_of(config::Origin::Kind kind) {
  switch (kind) {
    case config::Origin::Kind::built_in: return "built in";
    case config::Origin::Kind::kept: return "kept";
    case config::Origin::Kind::file: return "file";
    case config::Origin::Kind::environment: return "environment";
    case config::Origin::Kind::option: return "option";
  }
  return {};
}

void write(JsonWriter& json, const config::InForce& one) {
  json.begin_object();
  json.member("key", one.name);
  json.member("value", one.value);
  json.member("from", name_of(one.origin.kind));
  json.member("name", one.origin.name);
  json.key("line");
  if (one.origin.line > 0) {
    json.value(one.origin.line);
  } else {
    json.null();
  }
  json.member("meaning", one.meaning);
  json.end_object();
}

void print_json(const std::string& path, const std::vector<config::InForce>& all) {
  say_json([&](JsonWriter& json) {
    json.member("path", path);
    json.key("config");
    json.begin_array();
    for (const config::InForce& one : all) write(json, one);
    json.end_array();
  });
}

/// As TOML with dotted keys: it can be taken as a configuration as it is.
void print_text(const std::vector<config::InForce>& all) {
  std::size_t widest = 0;
  for (const config::InForce& one : all) widest = std::max(widest, one.name.size() + one.value.size());
  for (const config::InForce& one : all) {
    const std::string gap(widest - one.name.size() - one.value.size(), ' ');
    say("{} = {}{}  # {}\n", one.name, one.value, gap, config::describe(one.origin));
  }
}

void print_keys() {
  for (const config::KeyOfConfig& key : config::keys_of_config()) {
    const std::string choices = key.choices.empty() ? std::string() : " (" + std::string(key.choices) + ")";
    say("{}: {}{}: {}\n", key.name, key.type, choices, key.meaning);
  }
}

/// What only vigie top can judge – columns, actions, keys – is judged here, too.
Result<int> print_config(const ConfigOptions& options) {
  ASSIGN_OR_RETURN(const std::string path, config::config_path());
  if (options.path) {
    say("{}\n", path);
    return 0;
  }
  if (options.keys) {
    print_keys();
    return 0;
  }
  ASSIGN_OR_RETURN(config::Config config, config::read_config());
  if (const Result<void> kept = tui::take_kept(config.top); !kept) complain("{}", kept.error().message);
  tui::ViewState judged;
  RETURN_IF_ERROR(tui::take_config(judged, config.top));
  if (options.json) {
    print_json(path, config::in_force(config));
  } else {
    print_text(config::in_force(config));
  }
  return 0;
}

}  // namespace

void define_config(Command& command) {
  auto options = std::make_shared<ConfigOptions>();
  command.examples(
      "Examples:\n"
      "  vigie config                     every value in force, and where it is from\n"
      "  vigie config --path              the file that is read, whether it exists or not\n"
      "  vigie config --keys              every key, what it takes and what it means\n"
      "  vigie config --json              for programs\n"
      "A file that cannot be understood is an error with its line: so this checks it, too.");
  command.flag("--path", options->path, "print the path of the file alone");
  command.flag("--keys", options->keys, "print every key with its type and meaning").excludes("--path");
  command.flag("--json", options->json, "print JSON").excludes("--path").excludes("--keys");
  command.does([options] { return print_config(*options); });
}

}  // namespace vigie::cli
