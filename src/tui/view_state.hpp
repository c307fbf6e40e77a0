// What the user chose: which screen, which row, which order. Plain data: keys change it, screens read it.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "model/task.hpp"
#include "tui/graph.hpp"

namespace vigie::tui {

enum class ScreenId : std::uint8_t { overview, run, processes, gpus, disks, alerts };

/// A row that the cursor can stand on: never an index, so that it stays on the same thing while rows come and go.
struct RowKey {
  enum class Kind : std::uint8_t { none, process, run, other };
  Kind kind = Kind::none;
  ProcessId process = {};  ///< of Kind::process
  std::string name = {};   ///< the run's id, or what else tells the row

  [[nodiscard]] static RowKey of(ProcessId id) { return {.kind = Kind::process, .process = id}; }
  [[nodiscard]] static RowKey of_run(std::string id) { return {.kind = Kind::run, .name = std::move(id)}; }
  [[nodiscard]] static RowKey of_other(std::string name) { return {.kind = Kind::other, .name = std::move(name)}; }
  friend auto operator<=>(const RowKey&, const RowKey&) = default;
};

/// What may be done to processes and runs.
enum class Deed : std::uint8_t { stop, signal, pause, resume, renice, ionice };

/// One deed to the rows that were chosen for it.
struct Order {
  Deed deed = Deed::stop;
  std::vector<RowKey> rows = {};
  std::string typed = {};               ///< its value as it was typed: "TERM", "10"
  int value = 0;                        ///< signal, nice value, or I/O priority
  bool relative = false;                ///< the value is added to the nice value that each row has
  std::vector<ProcessId> leaders = {};  ///< those of the plan that the user saw: nothing else is hit
};

/// Whom an order would hit, as lines for the question; or why it cannot be done.
struct Plan {
  std::vector<std::string> lines = {};  ///< raw
  bool possible = false;
  std::vector<ProcessId> leaders = {};  ///< what leads each process or run that would be hit
};

/// A page of text about one row, over the screen.
struct Page {
  std::vector<std::string> words = {};   ///< the command of vigie whose output it is: "files", "4711"
  std::optional<std::string> text = {};  ///< nothing: it is on its way
  std::size_t top = 0;                   ///< the first line shown
};

/// What the keys go to.
enum class Mode : std::uint8_t {
  normal,
  search,  ///< a text is typed
  filter,
  user,
  jump,
  time,     ///< a time to go to
  value,    ///< what a deed needs: a signal, a nice value
  confirm,  ///< a question is open: nothing is done without `y`
  leave,    ///< the question whether to quit although something is under way
  help,     ///< the page of keys covers the screen
  page,     ///< a page of text does
  setup,    ///< the page of columns and of the own cost does
};

struct ViewState {
  ScreenId screen = ScreenId::overview;
  RowKey selected = {};
  std::string run = {};              ///< id of the run that the run screen is about; empty: the first one
  std::size_t top = 0;               ///< the first row shown of the screen's list
  std::string sort = "cpu_percent";  ///< a column of processes (views/process_columns.hpp)
  bool ascending = false;
  bool tree = false;
  std::set<std::string> unfolded = {};   ///< runs whose processes are shown in the tree
  std::string filter = {};               ///< only rows whose command, user or run has it; empty: all
  std::string search = {};               ///< marked, and jumped to
  RowKey searched_from = {};             ///< where the cursor goes back to when nothing has it
  std::optional<std::string> user = {};  ///< only this user's processes
  std::set<ProcessId> tagged = {};
  bool follow = false;          ///< the row under the cursor stays in view when rows move
  bool reveal = false;          ///< a key moved the cursor: it must be in view now
  bool seek = false;            ///< the search changed: the cursor goes to the next row that matches
  bool kernel_threads = false;  ///< are shown, too
  std::size_t position = 0;     ///< where the selected row was last: if it is gone, the next key begins here
  std::size_t help_top = 0;     ///< the first line shown of the page of keys
  bool frozen = false;          ///< the picture stands still
  /// The frames that can be shown, by number (tui/history.hpp), and the one that is; nothing: the newest.
  std::uint64_t oldest = 0, newest = 0;
  std::optional<std::uint64_t> at = {};
  bool recorded = false;    ///< even the newest is not now
  bool saved_host = false;  ///< --root: its processes are not those of this host
  bool read_only = false;
  Symbols symbols = Symbols::braille;
  Mode mode = Mode::normal;
  std::string input = {};                        ///< what was typed so far
  std::string message = {};                      ///< one line for the user, until the next key
  Order order = {};                              ///< what Mode::value and Mode::confirm are about
  std::optional<Plan> plan = {};                 ///< of Mode::confirm; nothing: it is on its way
  Page page = {};                                ///< of Mode::page
  std::vector<std::string> under_way = {};       ///< what would be lost if the program ended now: a sentence each, raw
  std::vector<std::string> columns = {};         ///< of processes, as the user chose them; empty: those that fit
  std::map<std::string, std::string> keys = {};  ///< of the actions (tui/actions.hpp) whose keys the user changed
  std::size_t setup_at = 0;                      ///< the line of Mode::setup that the cursor is on
  bool quit = false;
};

}  // namespace vigie::tui
