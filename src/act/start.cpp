#include "act/start.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include <fmt/format.h>

#include "act/run_life.hpp"
#include "base/root.hpp"
#include "base/text.hpp"
#include "sources/capability/probes.hpp"
#include "wire/run_directory.hpp"

namespace vigie::act {
namespace {

bool executable_file(const std::string& path, std::string& why) {
  if (::access(path.c_str(), F_OK) != 0) {
    why = "no such file";
  } else if (std::error_code ignored; std::filesystem::is_directory(path, ignored)) {
    why = "it is a directory";
  } else if (::access(path.c_str(), X_OK) != 0) {
    why = "it is not executable";
  } else {
    return true;
  }
  return false;
}

/// A run that would be killed with its login: its user should not find out the next morning.
std::string what_a_logout_does() {
  const Result<Root> root = Root::open("/");
  const Capability logout = root ? capability::logout(*root) : Capability{};
  return logout.status == Ability::works ? "" : fmt::format("{}; {}", logout.reason, logout.advice);
}

}  // namespace

Result<void> check_program(const std::string& program, const std::string& cwd) {
  std::string why = "no such command in PATH";
  if (program.find('/') != std::string::npos) {
    const std::string path = program.starts_with('/') ? program : cwd + "/" + program;
    if (executable_file(path, why)) return {};
    return fail("cannot run " + safe_text(program) + ": " + why);
  }
  const char* variable = std::getenv("PATH");
  const std::string path = variable == nullptr ? "/bin:/usr/bin" : variable;
  for (std::size_t begin = 0; begin <= path.size();) {
    const std::size_t end = std::min(path.find(':', begin), path.size());
    std::string reason;
    const std::string candidate = path.substr(begin, end - begin) + "/" + program;
    if (executable_file(candidate, reason)) return {};
    if (reason != "no such file") why = candidate + ": " + reason;
    begin = end + 1;
  }
  return fail("cannot run " + safe_text(program) + ": " + why);
}

Result<Started> start(const RunSpec& spec, const std::string& name) {
  RunRecord wanted;
  wanted.spec = spec;
  ASSIGN_OR_RETURN(OpenRun created, create_run(wanted, name));
  const RunRecord record = created.record;
  const Result<bool> runs = start_run(created);
  RETURN_IF_ERROR(runs);
  // Its keeper writes the record before it reports the start.
  return Started{.record = wire::read_record(record.directory).value_or(record),
                 .runs = *runs,
                 .ends_with_login = what_a_logout_does()};
}

}  // namespace vigie::act
