#include "cli/habits.hpp"

#include <algorithm>
#include <cctype>
#include <iterator>

#include "base/units.hpp"

namespace vigie::cli {
namespace {

using Words = std::vector<std::string>;

constexpr char full_columns[] = "user,pid,ppid,cpu_percent,start_time,tty,cpu_seconds,command";
constexpr char user_columns[] =
    "user,pid,cpu_percent,mem_percent,virtual_bytes,rss_bytes,tty,state,start_time,cpu_seconds,command";

bool is_digits(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](unsigned char c) { return std::isdigit(c) != 0; });
}

/// "9", "KILL", "SIGUSR1": a signal that may stand behind the dash of kill(1).
bool is_signal(std::string_view text) {
  return is_digits(text) || (text.size() >= 2 && std::ranges::all_of(text, [](unsigned char c) {
                               return std::isupper(c) != 0 || std::isdigit(c) != 0 || c == '+' || c == '-';
                             }));
}

bool is_kill(std::string_view signal) {
  return signal == "9" || signal == "KILL" || signal == "SIGKILL";
}

/// kill(1): the signal comes first, behind a dash or an option.
Words kill_words(const Words& words) {
  std::string signal;
  Words rest;
  for (std::size_t i = 1; i < words.size(); ++i) {
    const std::string& word = words[i];
    const bool option = word == "-s" || word == "-n" || word == "--signal";
    if (option && i + 1 < words.size()) {
      signal = words[++i];
    } else if (word.starts_with("--signal=")) {
      signal = word.substr(word.find('=') + 1);
    } else if (word.size() > 1 && word[0] == '-' && word[1] != '-' && is_signal(std::string_view(word).substr(1))) {
      signal = word.substr(1);
    } else {
      rest.push_back(word);
    }
  }
  Words own = signal.empty() || is_kill(signal) ? Words{"kill"} : Words{"signal", signal};
  own.insert(own.end(), rest.begin(), rest.end());
  return own;
}

/// The words of ps(1) as they become vigie's.
struct PsWords {
  bool all = false, threads = false, no_header = false, named = false;
  std::string shape;  ///< columns of -f, -l, u
  Words columns, rest;
};

/// "pid=,comm=", "pid ppid": without headers and widths of one's own.
std::string column_list(const std::string& text, PsWords& words) {
  std::string columns;
  bool skip = false, own_header = false;
  for (const char c : text) {
    if (c == ',' || c == ' ') skip = false;
    if (c == '=' || c == ':') skip = true;
    own_header = own_header || c == '=';
    if (!skip) columns += c == ' ' ? ',' : c;
  }
  words.no_header = words.no_header || own_header;
  return columns;
}

void take_value(char letter, const std::string& value, PsWords& words) {
  switch (letter) {
    case 'o':
    case 'O': words.columns.push_back(column_list(value, words)); break;
    case 'C': words.rest.insert(words.rest.end(), {"--exact", value}); break;
    case 'u':
    case 'U': words.rest.insert(words.rest.end(), {"-u", value}); break;
    default: words.rest.push_back(value); words.named = true;
  }
}

/// Letters in one word, as "aux", "axo", "-ef" or "-eopid,comm". False when it is no such word. The last one may want
/// the next word: then it is in `wants`.
bool read_letters(std::string_view letters, bool bsd, PsWords& into, char& wants) {
  PsWords words = into;
  for (std::size_t i = 0; i < letters.size(); ++i) {
    const char letter = letters[i];
    const bool with_value = std::string_view(bsd ? "opO" : "oOpCuU").contains(letter);
    if (with_value) {
      const std::string_view value = letters.substr(i + 1);
      if (value.empty()) wants = letter;
      if (!value.empty()) take_value(letter, std::string(value), words);
      break;
    }
    if (std::string_view("axeA").contains(letter)) {
      words.all = true;
    } else if (letter == 'u') {
      words.shape = user_columns;
    } else if (std::string_view("fFl").contains(letter)) {
      if (!bsd) words.shape = full_columns;
    } else if (std::string_view("LTm").contains(letter) || (bsd && letter == 'H')) {
      words.threads = true;
    } else if (letter == 'h') {
      words.no_header = true;
    } else if (!std::string_view("jywH").contains(letter)) {
      return false;
    }
  }
  into = words;
  return true;
}

/// Whether the word may hold letters as ps(1) takes them: "aux", "-ef", "-eo". Vigie's own options, -a, -u, -o, -n, -w
/// and -h alone, keep their meaning.
bool is_letters(std::string_view word, bool first) {
  // A letter alone may well be the name of a run.
  constexpr std::string_view bare[] = {"ax",   "aux", "axu", "auxw", "auxww", "auxf", "axo", "axf",
                                       "axjf", "axl", "axm", "axw",  "axww",  "ux",   "xu"};
  if (!word.starts_with('-')) return first && std::ranges::find(bare, word) != std::end(bare);
  const std::string_view letters = word.substr(1);
  if (letters.starts_with('-') || letters.empty()) return false;
  if (letters.size() == 1) return std::string_view("eAxfFlyjLTHmpCU").contains(letters);
  return letters == "ww" || !std::string_view("nuow").contains(letters.front());
}

PsWords read_ps(const Words& words) {
  PsWords found;
  for (std::size_t i = 1; i < words.size(); ++i) {
    const std::string& word = words[i];
    char wants = '\0';
    if (word == "-o" || word == "--format") {
      wants = 'o';
    } else if (word == "--pid") {
      wants = 'p';
    } else if (word == "--no-headers" || word == "--no-heading" || word == "--no-headings") {
      found.no_header = true;
      continue;
    } else if (word == "--headers") {
      continue;
    } else {
      const bool bsd = !word.starts_with('-') || word.starts_with("-aux");
      const bool letters = is_letters(word, i == 1) &&
                           read_letters(std::string_view(word).substr(word[0] == '-' ? 1 : 0), bsd, found, wants);
      if (!letters) found.rest.push_back(word);
    }
    if (wants != '\0' && i + 1 == words.size()) found.rest.push_back(word);  // the error will name the missing value
    if (wants != '\0' && i + 1 < words.size()) take_value(wants, words[++i], found);
  }
  return found;
}

Words ps_words(const Words& words) {
  PsWords found = read_ps(words);
  Words own{"ps"};
  if (found.all && !found.named) own.emplace_back("-a");
  if (found.threads) own.emplace_back("--threads");
  if (found.no_header) own.emplace_back("--no-header");
  if (found.columns.empty() && !found.shape.empty()) found.columns.push_back(found.shape);
  for (const std::string& columns : found.columns) own.insert(own.end(), {"-o", columns});
  std::ranges::move(found.rest, std::back_inserter(own));
  return own;
}

/// renice(1): "-n 5 -p 4711", and a negative number that is no option.
Words renice_words(const Words& words) {
  Words flags, rest;
  for (std::size_t i = 1; i < words.size(); ++i) {
    const std::string& word = words[i];
    if (word == "-n" || word == "-p" || word == "--priority" || word == "--pid" || word == "--") continue;
    (word.starts_with("--") ? flags : rest).push_back(word);
  }
  Words own{"renice"};
  std::ranges::move(flags, std::back_inserter(own));
  if (!rest.empty() && rest.front().starts_with('-')) own.emplace_back("--");
  std::ranges::move(rest, std::back_inserter(own));
  return own;
}

/// The value of -w may be left out: a word behind it that is no time is the target.
void part_watch_from_target(Words& words) {
  for (std::size_t i = 1; i + 1 < words.size(); ++i) {
    if (words[i] == "--") return;
    if ((words[i] == "-w" || words[i] == "--watch") && !words[i + 1].starts_with('-') && !parse_duration(words[i + 1]))
      words[i] = "--watch=2";
  }
}

struct Instead {
  std::string_view name, advice;
};

constexpr Instead others[] = {
    {"htop", "`vigie top` shows the host, its runs and its processes, with the keys of htop"},
    {"btop", "`vigie top` shows the host, its runs and its processes"},
    {"history", "`vigie record FILE` keeps what is seen, and `--replay FILE` looks at it later"},
    {"report", "`vigie why RUN` says how a run ended, `vigie ls` what it did"},
    {"stack", "`vigie syscalls TARGET` shows what its threads wait in"},
    {"metrics", "`vigie stat --json -w` and `vigie ls --json -w` are for programs"},
    {"export", "`vigie record FILE` writes what is seen into a file for others"},
    {"agent", "`vigie record FILE` keeps what is seen"},
    {"alerts", "`vigie check` in a cron job tells, and `vigie run --notify` when a run ends"},
    {"config", "there is nothing to configure: each command has its options"},
    {"status", "`vigie ls` shows the runs, `vigie check` the machine"},
    {"start", "`vigie run -- COMMAND` starts a run, `vigie restart RUN` one that is over"},
    {"list", "`vigie ls` lists the runs"},
    {"tail", "`vigie logs -f RUN` follows the output of a run"},
    {"free", "`vigie mem` shows the memory"},
    {"nvidia-smi", "`vigie gpu` shows the GPUs"},
    {"strace", "`vigie syscalls --trace TARGET` shows the system calls"},
    {"nohup", "`vigie run -- COMMAND` starts what survives this shell"},
    {"cancel", "`vigie stop RUN` asks a run to save and end"},
};

}  // namespace

std::vector<std::string> in_own_words(std::vector<std::string> words) {
  if (words.empty()) return words;
  if (words.front() == "help") {
    Words own(words.begin() + 1, words.end());
    own.emplace_back("--help");
    return own;
  }
  if (words.front() == "kill") return kill_words(words);
  if (words.front() == "renice") return renice_words(words);
  if (words.front() == "ps") words = ps_words(words);
  if (words.front() == "signal" && words.size() > 1 && words[1].starts_with('-') &&
      is_signal(std::string_view(words[1]).substr(1)))
    words[1].erase(0, 1);
  if (words.front() != "run") part_watch_from_target(words);
  return words;
}

std::string_view instead_of_command(std::string_view name) {
  const auto* const found = std::ranges::find(others, name, &Instead::name);
  return found == std::end(others) ? std::string_view() : found->advice;
}

}  // namespace vigie::cli
