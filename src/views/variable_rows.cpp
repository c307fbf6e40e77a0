#include "views/variable_rows.hpp"

#include <algorithm>
#include <string>

namespace vigie::views {
namespace {

std::string upper(std::string_view text) {
  std::string result(text);
  std::ranges::transform(result, result.begin(),
                         [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
  return result;
}

/// Whether a URL in it has user:password@ before its host (RFC 3986, 3.2.1). A password may hold a slash that should
/// have been encoded: a possible password is hidden, too.
bool has_password(std::string_view value) {
  constexpr std::string_view scheme_end = "://";
  for (std::size_t at = value.find(scheme_end); at != std::string_view::npos; at = value.find(scheme_end, at + 1)) {
    const std::string_view rest = value.substr(at + scheme_end.size());
    const std::string_view url = rest.substr(0, rest.find_first_of(" \t\n"));
    const std::size_t colon = url.find(':');
    if (colon < url.size() && url.find('@', colon) != std::string_view::npos) return true;
  }
  return false;
}

/// By the words that the names of tokens, keys and passwords have (AWS_SECRET_ACCESS_KEY, HF_TOKEN, WANDB_API_KEY), and
/// by user:password@ in a value.
bool looks_secret(std::string_view name, std::string_view value) {
  const std::string loud = upper(name);
  for (const std::string_view word : {"TOKEN", "SECRET", "PASSW", "PASSPHRASE", "CREDENTIAL", "API_KEY", "APIKEY",
                                      "ACCESS_KEY", "PRIVATE_KEY", "AUTH", "COOKIE", "DSN"}) {
    if (loud.find(word) != std::string::npos) return true;
  }
  if (loud.ends_with("_KEY") || loud.ends_with("_PWD") || loud.ends_with("_PASS")) return true;
  return has_password(value);
}

void append_variables(std::vector<Variable>& rows, const ProcessDetail& process, bool secrets) {
  for (const std::string_view entry : arguments(*process.environ)) {
    const std::size_t equals = entry.find('=');
    if (equals == std::string_view::npos || equals == 0) continue;  // overwritten by setproctitle(3)
    const std::string_view name = entry.substr(0, equals);
    const std::string_view value = entry.substr(equals + 1);
    const bool hide = !secrets && !value.empty() && looks_secret(name, value);
    rows.push_back({process.id.pid, name, hide ? Cell(Presence::denied) : Cell(value)});
  }
}

}  // namespace

std::vector<Variable> variable_rows(const Frame& frame, bool secrets) {
  std::vector<Variable> rows;
  for (const ProcessDetail& process : frame.snapshot->details) {
    if (process.environ) append_variables(rows, process, secrets);
  }
  return rows;
}

const std::vector<Column<Variable>>& variable_columns() {
  static const std::vector<Column<Variable>> all = {
      {&metric("pid"), [](const Variable& row) -> Cell { return std::int64_t{row.pid}; }},
      {&metric("variable"), [](const Variable& row) -> Cell { return row.name; }},
      {&metric("value"), [](const Variable& row) { return row.value; }},
  };
  return all;
}

}  // namespace vigie::views
