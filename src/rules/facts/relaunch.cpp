#include "rules/facts/relaunch.hpp"

#include <algorithm>
#include <cctype>
#include <map>
#include <string_view>

#include <fmt/format.h>

#include "base/number.hpp"
#include "rules/facts/supervised.hpp"

namespace vigie::rules {
namespace {

std::string_view base_name(std::string_view path) {
  return path.substr(path.rfind('/') + 1);
}

/// Whether a program runs the text that follows its -c.
bool runs_a_text(std::string_view program) {
  constexpr std::string_view shells[] = {"sh", "bash", "dash", "zsh", "ksh"};
  return std::ranges::find(shells, base_name(program)) != std::end(shells);
}

bool is_script(std::string_view word) {
  return word.ends_with(".py") || word.ends_with(".sh");
}

/// The words of a command; for a shell that starts a script by its text ("sh -c 'python3 train.py --lr 1'"), those of
/// the text.
std::vector<std::string> words_of(const RunSpec& spec) {
  const std::vector<std::string>& command = spec.command;
  if (command.size() < 3 || !runs_a_text(command.front()) || !command[1].starts_with('-') || !command[1].ends_with('c'))
    return command;
  std::vector<std::string> words;
  const std::string& text = command[2];
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t begin = text.find_first_not_of(" \t\n;&|()\"'", at);
    if (begin == std::string::npos) break;
    at = std::min(text.find_first_of(" \t\n;&|()\"'", begin), text.size());
    words.push_back(text.substr(begin, at - begin));
  }
  const bool starts_script = std::ranges::any_of(words, [](const std::string& word) { return is_script(word); }) ||
                             std::ranges::find(words, "-m") != words.end();
  return starts_script ? words : command;
}

/// The program that it is: the script, or the module behind -m, or the program itself; for a shell or an interpreter
/// that gets a text, that text. Two that only share the interpreter are two programs.
std::string program_of(const std::vector<std::string>& words) {
  if (words.empty()) return {};
  const auto python = std::ranges::find_if(words, [](const std::string& word) { return word.ends_with(".py"); });
  const auto script = python != words.end() ? python : std::ranges::find_if(words, is_script);
  if (script != words.end()) return script->starts_with("./") ? script->substr(2) : *script;
  const auto module = std::ranges::find(words, "-m");
  if (module != words.end() && module + 1 != words.end()) return "-m " + module[1];
  std::string program(base_name(words.front()));
  if (!runs_a_text(program) && !program.starts_with("python")) return program;
  const auto text = std::ranges::find(words, "-c");
  return text != words.end() && text + 1 != words.end() ? text[1] : std::string();
}

/// Whether a run is an earlier start of another one: of the same program, or under the same name.
bool is_same(const RunRecord& before, const RunRecord& after) {
  if (before.spec.cwd != after.spec.cwd) return false;
  if (before.name == after.name && !before.name.empty()) return true;
  const std::string program = program_of(words_of(before.spec));
  return !program.empty() && program == program_of(words_of(after.spec));
}

/// A dash alone is a file: the standard input.
bool is_option(std::string_view word) {
  return word.starts_with('-') && word != "-";
}

/// Options with their values: a word that follows an option and is none itself counts as its value. Other words by
/// their place.
std::map<std::string, std::string> arguments_of(const RunSpec& spec) {
  std::map<std::string, std::string> arguments;
  std::string flag;
  int place = 0;
  const std::vector<std::string> words = words_of(spec);
  for (std::size_t i = 1; i < words.size(); ++i) {
    const std::string& word = words[i];
    const std::size_t equals = word.find('=');
    if (is_option(word) && equals != std::string::npos) {
      arguments[word.substr(0, equals)] = word.substr(equals + 1);
      flag.clear();
    } else if (is_option(word)) {
      arguments[word];
      flag = word;
    } else if (!flag.empty()) {
      arguments[flag] = word;
      flag.clear();
    } else {
      arguments[fmt::format("argument {}", ++place)] = word;
    }
  }
  return arguments;
}

/// Variables that a shell or a session sets anew each time say nothing about the run.
bool is_noise(std::string_view name) {
  constexpr std::string_view prefixes[] = {"VIGIE_", "SSH_", "XDG_", "DBUS_", "TMUX", "STY", "WINDOW"};
  constexpr std::string_view names[] = {"_",     "PWD",      "OLDPWD", "SHLVL",         "TERM", "COLUMNS",
                                        "LINES", "HISTFILE", "TTY",    "INVOCATION_ID", "MAIL", "LS_COLORS"};
  return std::ranges::any_of(prefixes, [&](std::string_view prefix) { return name.starts_with(prefix); }) ||
         std::ranges::find(names, name) != std::end(names);
}

std::map<std::string, std::string> environment_of(const RunSpec& spec) {
  std::map<std::string, std::string> variables;
  for (const std::string& entry : spec.environment) {
    const std::size_t equals = entry.find('=');
    if (equals == std::string::npos || is_noise(std::string_view(entry).substr(0, equals))) continue;
    variables[entry.substr(0, equals)] = entry.substr(equals + 1);
  }
  return variables;
}

/// A value may be a secret, or a page long: then only the fact that it changed is told.
std::string shown(const std::string& value) {
  constexpr std::size_t longest = 24;
  return value.empty() ? "\"\"" : value.size() <= longest ? value : "…";
}

bool may_be_secret(std::string_view name) {
  constexpr std::string_view parts[] = {"KEY", "TOKEN", "SECRET", "PASS", "CREDENTIAL", "AUTH"};
  return std::ranges::any_of(parts, [&](std::string_view part) { return name.find(part) != std::string_view::npos; });
}

void compare(const std::map<std::string, std::string>& before, const std::map<std::string, std::string>& after,
             bool options, std::vector<std::string>& changes) {
  for (const auto& [name, value] : after) {
    const auto earlier = before.find(name);
    if (earlier != before.end() && earlier->second == value) continue;
    if (!options && may_be_secret(name)) {
      changes.push_back(name + " changed");
    } else if (earlier == before.end()) {
      changes.push_back(options ? fmt::format("with {}{}", name, value.empty() ? "" : " " + shown(value))
                                : fmt::format("{} unset → {}", name, shown(value)));
    } else {
      changes.push_back(fmt::format("{} {} → {}", name, shown(earlier->second), shown(value)));
    }
  }
  for (const auto& [name, value] : before) {
    if (!after.contains(name)) changes.push_back(options ? "without " + name : name + " unset");
  }
}

/// An option, a variable or a key of a configuration, comparable: "--data.Batch_Size" is "batch-size".
std::string plain_name(std::string_view name) {
  while (name.starts_with('-') || name.starts_with('+')) name.remove_prefix(1);
  std::string plain(name.substr(name.rfind('.') + 1));
  for (char& c : plain) c = c == '_' ? '-' : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return plain;
}

/// What a step is made of, as far as the command and the environment tell.
struct Work {
  std::optional<double> batch;  ///< samples a step and process
  double processes = 1;
  std::string accumulated;  ///< steps of which one is seen
};

void note(std::string_view name, std::string_view value, Work& work) {
  constexpr std::string_view batches[] = {"batch", "bs", "b", "batchsize", "imgs-per-gpu", "samples-per-gpu"};
  constexpr std::string_view processes[] = {"nproc-per-node", "num-processes", "nnodes",   "np",
                                            "num-gpus",       "devices",       "num-nodes"};
  const std::string plain = plain_name(name);
  const std::optional<std::uint64_t> number = whole_number<std::uint64_t>(value);
  const bool other = plain.find("eval") != plain.npos || plain.find("val") == 0 || plain.find("test") != plain.npos;
  if (plain.find("accum") != plain.npos) work.accumulated = value;
  if (!number || *number == 0 || other) return;
  if (std::ranges::find(batches, plain) != std::end(batches) || plain.find("batch-size") != plain.npos)
    work.batch = static_cast<double>(*number);
  if (std::ranges::find(processes, plain) != std::end(processes)) work.processes *= static_cast<double>(*number);
}

Work work_of(const RunSpec& spec) {
  Work work;
  for (const std::string& entry : spec.environment) {
    const std::size_t equals = entry.find('=');
    const std::string_view name = std::string_view(entry).substr(0, equals);
    if (equals != std::string::npos && name.size() > 1) note(name, std::string_view(entry).substr(equals + 1), work);
  }
  const std::vector<std::string> words = words_of(spec);
  for (std::size_t i = 1; i < words.size(); ++i) {
    const std::string& word = words[i];
    const std::size_t equals = word.find('=');
    if (equals != std::string::npos) {
      note(std::string_view(word).substr(0, equals), std::string_view(word).substr(equals + 1), work);
    } else if (is_option(word) && i + 1 < words.size()) {
      note(word, words[i + 1], work);
    }
  }
  return work;
}

/// Rates that can be compared: those of steps while a step is the same work, else those of samples. False: neither.
bool compare_rates(const RunSpec& before, const RunSpec& after, const Progress& progress, Relaunch& relaunch) {
  if (!progress.unit.empty()) {  // it counts images or samples: a step does not matter
    relaunch.unit = progress.unit;
    return true;
  }
  const Work old_work = work_of(before), new_work = work_of(after);
  if (old_work.accumulated != new_work.accumulated) return false;
  if (old_work.batch == new_work.batch && old_work.processes == new_work.processes) return true;
  if (!old_work.batch || !new_work.batch) return false;
  relaunch.rate_before *= *old_work.batch * old_work.processes;
  relaunch.rate_after *= *new_work.batch * new_work.processes;
  relaunch.unit = "samples";
  return true;
}

}  // namespace

std::optional<Relaunch> relaunch_of(const Snapshot& snapshot, const Run& run) {
  const SupervisedSample* const own = supervised_of(snapshot, run.id);
  if (own == nullptr || !run.progress) return std::nullopt;
  const RunRecord& after = own->record;
  const SupervisedSample* before = nullptr;
  for (const SupervisedSample& sample : snapshot.supervised) {
    const RunRecord& record = sample.record;
    if (record.created_wall_ns >= after.created_wall_ns || !sample.progress) continue;
    if (!is_same(record, after)) continue;
    if (before == nullptr || record.created_wall_ns > before->record.created_wall_ns) before = &sample;
  }
  if (before == nullptr) return std::nullopt;
  const std::optional<double> rate_before = rate_of(*before->progress);
  const std::optional<double> rate_after = rate_of(*run.progress);
  if (!rate_before || !rate_after || *rate_before <= 0) return std::nullopt;
  Relaunch relaunch{.run = run.name, .before = before->record.name, .changes = {}};
  relaunch.rate_before = *rate_before;
  relaunch.rate_after = *rate_after;
  compare(arguments_of(before->record.spec), arguments_of(after.spec), true, relaunch.changes);
  compare(environment_of(before->record.spec), environment_of(after.spec), false, relaunch.changes);
  if (before->record.spec.start.cpus != after.spec.start.cpus) relaunch.changes.emplace_back("other --cpus");
  if (before->record.spec.start.memory_bytes != after.spec.start.memory_bytes)
    relaunch.changes.emplace_back("another --memory");
  if (relaunch.changes.empty() || before->progress->unit != run.progress->unit) return std::nullopt;
  if (!compare_rates(before->record.spec, after.spec, *run.progress, relaunch)) return std::nullopt;
  return relaunch;
}

}  // namespace vigie::rules
