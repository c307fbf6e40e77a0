#include "tui/chosen.hpp"

#include <fcntl.h>

#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/fd.hpp"
#include "base/file.hpp"
#include "config/keys.hpp"
#include "tui/actions.hpp"
#include "tui/process_list.hpp"
#include "views/choice.hpp"
#include "views/process_columns.hpp"
#include "wire/run_directory.hpp"

namespace vigie::tui {
namespace {

constexpr const char* directory_name = "top";
constexpr const char* file_name = "chosen.toml";

std::unexpected<Error> from(const config::Origin& origin, Error error) {
  error.message = fmt::format("{}: {}", config::describe(origin), error.message);
  error.kind = ErrorKind::usage;
  return std::unexpected(std::move(error));
}

Result<void> take_sort(ViewState& state, const config::Word& sort) {
  const views::WrittenKey key(sort.value);
  Result<std::vector<views::ProcessColumn>> columns = views::columns_named({std::string(key.name)});
  if (!columns) return from(sort.origin, std::move(columns).error());
  state.sort = columns->front().name();
  state.ascending = is_usually_ascending(state.sort);
  if (key.name.size() != sort.value.size()) state.ascending = !key.descending;
  return {};
}

Result<void> take_columns(ViewState& state, const config::Words& names) {
  Result<std::vector<views::ProcessColumn>> columns = views::columns_named(names.value);
  if (!columns) return from(names.origin, std::move(columns).error());
  state.columns.clear();
  for (const views::ProcessColumn& column : *columns) state.columns.emplace_back(column.name());
  return {};
}

std::string written_sort(const ViewState& state) {
  return (state.ascending ? "+" : "-") + state.sort;
}

std::string written(const ViewState& state) {
  std::string text =
      "# What was chosen in vigie top, which writes this file anew. The configuration goes before it.\n[top]\n";
  text += "sort = " + config::in_toml(written_sort(state)) + "\n";
  if (!state.columns.empty()) text += "columns = " + config::in_toml(state.columns) + "\n";
  return text;
}

Result<std::string> kept_path() {
  ASSIGN_OR_RETURN(const std::string runs, wire::runs_path());
  return fmt::format("{}/{}/{}", runs.substr(0, runs.rfind('/')), directory_name, file_name);
}

template <class T>
void take_unless_chosen(config::Setting<T>& setting, config::Setting<T> kept) {
  if (setting.is_chosen() || !kept.is_chosen()) return;
  kept.origin.kind = config::Origin::Kind::kept;
  setting = std::move(kept);
}

}  // namespace

Result<void> take_config(ViewState& state, const config::TopConfig& config) {
  const std::optional<Symbols> symbols = symbols_named(config.symbols.value);
  if (!symbols) {
    return fail(fmt::format("{}: braille, block or ascii is wanted", config::describe(config.symbols.origin)),
                ErrorKind::usage);
  }
  state.symbols = *symbols;
  state.read_only = config.read_only.value;
  RETURN_IF_ERROR(take_sort(state, config.sort));
  RETURN_IF_ERROR(take_columns(state, config.columns));
  ASSIGN_OR_RETURN(state.keys, key_map(config.keys));
  return {};
}

Result<void> take_kept(config::TopConfig& config) {
  ASSIGN_OR_RETURN(const std::string path, kept_path());
  const Result<std::string> text = read_own_file(path);
  if (!text && text.error().errno_value == ENOENT) return {};
  RETURN_IF_ERROR(text);
  config::Config kept;
  RETURN_IF_ERROR(config::take_text(kept, *text, path));
  ViewState tried;
  RETURN_IF_ERROR(take_sort(tried, kept.top.sort));
  RETURN_IF_ERROR(take_columns(tried, kept.top.columns));
  take_unless_chosen(config.sort, std::move(kept.top.sort));
  take_unless_chosen(config.columns, std::move(kept.top.columns));
  return {};
}

Result<void> keep_chosen(const ViewState& begun, const ViewState& ended) {
  if (written(begun) == written(ended)) return {};
  ASSIGN_OR_RETURN(const std::string path, wire::prepare_state_directory(directory_name));
  const Fd directory(::open(path.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!directory) return fail_errno("cannot open " + path, errno);
  return replace_file(directory.get(), file_name, written(ended));
}

}  // namespace vigie::tui
