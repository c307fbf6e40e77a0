#include "act/log/run_log.hpp"

#include <poll.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <algorithm>

#include <fmt/format.h>

#include "act/run_life.hpp"
#include "base/fd.hpp"
#include "base/moment.hpp"
#include "base/text.hpp"
#include "control/process.hpp"
#include "format/folded.hpp"
#include "format/local_time.hpp"
#include "terminal/log_view.hpp"
#include "wire/attempt_marks.hpp"
#include "wire/keepers.hpp"
#include "wire/log_index.hpp"
#include "wire/log_reader.hpp"
#include "wire/run_directory.hpp"

namespace vigie::act {

std::string_view last_lines(std::string_view text, std::size_t lines) {
  std::size_t at = text.size();
  if (at > 0 && text[at - 1] == '\n') --at;
  for (std::size_t seen = 0; at > 0; --at) {
    if (text[at - 1] == '\n' && ++seen == lines) break;
  }
  return text.substr(at);
}

namespace {

constexpr std::uint64_t first_tail = 64 << 10;
constexpr std::uint64_t line_search = 4 << 10;
constexpr int settle_milliseconds = 30;  ///< a bar is drawn with several writes

using Missing = wire::LogReader::Missing;

/// A sentence for each way in which bytes were lost; the place stands `before` or `behind` its verb.
std::vector<std::string> sentences_for(const Missing& missing, std::string_view before, std::string_view behind) {
  std::vector<std::string> sentences;
  const auto say = [&](std::uint64_t bytes, std::string_view are, std::string_view why) {
    if (bytes > 0) sentences.push_back(fmt::format("{} bytes of output{} {}{}: {}", bytes, before, are, behind, why));
  };
  say(missing.dropped, "are gone", "the log is limited, see --log-max");
  say(missing.lost, "are missing", "the file that held them is gone, and was not dropped by vigie");
  say(missing.damaged, "are missing", "the file that holds them is damaged or cannot be read");
  return sentences;
}

/// For a place within the output.
std::string lines_for(const Missing& missing) {
  std::string lines;
  for (const std::string& sentence : sentences_for(missing, "", " here")) lines += "[vigie: " + sentence + "]\n";
  return lines;
}

class Shower {
 public:
  Shower(std::string directory, const LogRequest& request, LogSink& sink)
      : directory_(std::move(directory)),
        request_(request),
        sink_(sink),
        reader_(directory_),
        live_(request.follow && !request.raw && sink.is_terminal()) {}

  Result<void> find_beginning() {
    if (!request_.since_wall_ns) return {};
    const std::optional<std::uint64_t> offset =
        wire::offset_since(directory_, *request_.since_wall_ns, reader_.extent().end);
    if (!offset) return fail("--since is not possible: it is not known when this log was written");
    begin_ = *offset;
    if (begin_ > line_search) begin_ = at_line_begin(begin_);
    reader_.seek(begin_);
    return {};
  }

  /// False when it cannot be written.
  bool begin() {
    if (!request_.lines) return true;
    return request_.raw ? begin_with_last_bytes() : begin_with_last_lines();
  }

  bool show_what_is_there() {
    while (true) {
      const wire::LogReader::Piece piece = reader_.next();
      if (!say_missing(piece.missing)) return false;
      if (piece.bytes.empty()) return true;
      if (!put(request_.raw ? std::string(piece.bytes) : drawn(piece.bytes))) return false;
    }
  }

  /// While a run is followed another attempt may have begun.
  void look_for_attempts() {
    if (!request_.raw) marks_ = wire::attempt_marks(directory_);
  }

  bool pause() { return request_.raw || (put(view_.settle()) && draw_current()); }
  bool end() { return request_.raw || put(view_.end() + attempts_from(reader_.offset(), reader_.offset() + 1)); }

  /// The result: nothing was written after a write had failed, and all that is there was shown.
  [[nodiscard]] Result<void> outcome() const {
    if (written_ && reader_.trouble()) return std::unexpected(*reader_.trouble());
    return written_;
  }

 private:
  bool write(std::string_view text) {
    if (written_) written_ = sink_.write(text);
    return written_.has_value();
  }

  /// A line for each attempt that begins with one of these bytes.
  [[nodiscard]] std::string attempts_from(std::uint64_t begin, std::uint64_t end) const {
    std::string lines;
    for (const wire::AttemptMark& mark : marks_) {
      if (mark.offset < begin || mark.offset >= end) continue;
      const Result<std::int64_t> when = parse_moment(mark.time.substr(0, mark.time.find('.')) + "Z", 0);
      lines += fmt::format("[vigie: attempt {} begins here{}]\n", mark.attempt,
                           when ? ", " + format::local_time(*when) : std::string());
    }
    return lines;
  }

  /// The bytes just read, drawn, with a line of vigie's own before each attempt but the first.
  std::string drawn(std::string_view bytes) {
    std::uint64_t at = reader_.offset() - bytes.size();
    std::string text;
    for (const wire::AttemptMark& mark : marks_) {
      if (mark.offset < at || mark.offset >= reader_.offset() || text_is_marked(mark)) continue;
      text += view_.show(bytes.substr(0, mark.offset - at));
      text += view_.end();
      text += attempts_from(mark.offset, mark.offset + 1);
      bytes.remove_prefix(mark.offset - at);
      at = mark.offset;
      last_marked_ = mark.offset;
    }
    return text + view_.show(bytes);
  }

  /// Attempts that printed nothing begin where the next one does: their lines are written together.
  [[nodiscard]] bool text_is_marked(const wire::AttemptMark& mark) const { return last_marked_ == mark.offset; }

  /// The log is indexed by time, not by line: where the line began, or was last drawn, if that is near.
  std::uint64_t at_line_begin(std::uint64_t offset) {
    reader_.seek(offset - line_search);
    std::string before;
    while (reader_.offset() < offset) {
      const wire::LogReader::Piece piece = reader_.next();
      if (piece.bytes.empty() || piece.missing.all() > 0) return offset;
      before += piece.bytes;
    }
    before.resize(line_search);
    const std::size_t end = before.find_last_of("\r\n");
    return end == std::string::npos ? offset : offset - (line_search - end - 1);
  }

  bool say_missing(const Missing& missing) {
    if (missing.all() == 0) return true;
    if (!request_.raw) return put(view_.end() + lines_for(missing));
    for (const std::string& sentence : sentences_for(missing, " before this", "")) sink_.remark(sentence);
    return true;
  }

  /// Finished lines go above the one that is shown as it changes.
  bool put(const std::string& text) {
    if (text.empty()) return true;
    const bool wiped = !drawn_.empty();
    drawn_.clear();
    return write(wiped ? "\r\x1b[K" + fitted(text) : fitted(text));
  }

  /// On a terminal the line that a bar is drawn in is seen as it changes; these sequences are vigie's own.
  bool draw_current() {
    if (!live_) return true;
    const std::size_t known = sink_.width();
    const std::size_t width = known > 1 ? known - 1 : 79;
    std::string line = cut_to_width(format::with_short_bar(view_.current(), width), width);
    if (line == drawn_) return true;
    drawn_ = std::move(line);
    return write("\r" + drawn_ + "\x1b[K");
  }

  /// Reads backwards in ever larger pieces until `enough(text of the piece)`.
  template <class Text, class Enough>
  std::string tail_until(const Text& text_from, const Enough& enough) {
    wire::LogReader::Extent extent = reader_.extent();
    extent.begin = std::max(extent.begin, begin_);
    for (std::uint64_t size = first_tail;; size *= 4) {
      const bool whole = extent.end - extent.begin <= size;
      reader_.seek(whole ? extent.begin : extent.end - size);
      std::string text = text_from(extent.end);
      if (whole || enough(text)) return text;
    }
  }

  [[nodiscard]] bool enough_lines(const std::string& text) const {
    return static_cast<std::size_t>(std::ranges::count(text, '\n')) > *request_.lines;
  }

  bool begin_with_last_bytes() {
    Missing missing;
    const std::string text = tail_until(
        [&](std::uint64_t end) {
          std::string bytes;
          missing = {};
          while (reader_.offset() < end) {
            const wire::LogReader::Piece piece = reader_.next();
            missing += piece.missing;
            if (piece.bytes.empty()) break;
            bytes += piece.bytes;
          }
          return bytes;
        },
        [this](const std::string& bytes) { return enough_lines(bytes); });
    for (const std::string& sentence : sentences_for(missing, " before or within this", "")) sink_.remark(sentence);
    return write(*request_.lines == 0 ? std::string_view() : last_lines(text, *request_.lines));
  }

  bool begin_with_last_lines() {
    const std::string text = tail_until(
        [this](std::uint64_t end) {
          view_ = terminal::LogView();
          last_marked_.reset();
          std::string lines;
          while (reader_.offset() < end) {
            const wire::LogReader::Piece piece = reader_.next();
            if (piece.missing.all() > 0) lines += view_.end() + lines_for(piece.missing);
            if (piece.bytes.empty()) break;
            lines += drawn(piece.bytes);
          }
          return lines + (request_.follow ? view_.settle() : view_.end());
        },
        [this](const std::string& lines) { return enough_lines(lines); });
    return write(*request_.lines == 0 ? std::string() : fitted(last_lines(text, *request_.lines)));
  }

  /// A run's terminal is wider than most: on a narrower one a bar must not take three lines.
  [[nodiscard]] std::string fitted(std::string_view text) const {
    const std::size_t width = request_.raw ? 0 : sink_.width();
    if (width == 0) return std::string(text);
    std::string out;
    for (std::size_t begin = 0; begin < text.size();) {
      const std::size_t end = std::min(text.find('\n', begin), text.size());
      out += format::with_short_bar(text.substr(begin, end - begin), width);
      if (end < text.size()) out += '\n';
      begin = end + 1;
    }
    return out;
  }

  std::string directory_;
  LogRequest request_;
  LogSink& sink_;
  wire::LogReader reader_;
  terminal::LogView view_;
  bool live_;
  std::vector<wire::AttemptMark> marks_;
  std::optional<std::uint64_t> last_marked_;  ///< offset before which the last line about attempts was written
  std::uint64_t begin_ = 0;                   ///< offset to begin at
  std::string drawn_;                         ///< the unfinished line as it stands on the terminal
  Result<void> written_;
};

void forget_events(const Fd& watch) {
  char events[4096];
  while (::read(watch.get(), events, sizeof events) > 0) {
  }
}

/// The holder of the attempt that is to be followed now; nothing when the run is over.
Result<Fd> holder_to_follow(const std::string& directory) {
  constexpr int most_tries = 100, moment_ms = 20;
  Result<Fd> holder = fail("the run is over", ErrorKind::no_target);
  for (int tries = 0; !holder && tries < most_tries; ++tries) {
    const Result<RunRecord> record = wait_until_over(directory, 0);
    if (!record || is_over(record->state)) return fail("the run is over", ErrorKind::no_target);
    holder = control::open_process(wire::keepers_of(*record).holder);
    if (!holder) ::poll(nullptr, 0, moment_ms);  // it is being started
  }
  return holder;
}

}  // namespace

Result<void> show_log(const std::string& directory, const LogRequest& request, LogSink& sink) {
  const Fd watch(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
  ::inotify_add_watch(watch.get(), directory.c_str(), IN_CREATE | IN_MODIFY | IN_MOVED_TO);
  ASSIGN_OR_RETURN(RunRecord record, wire::read_record(directory));
  Result<Fd> holder = control::open_process(record.holder);
  Shower shower(directory, request, sink);
  shower.look_for_attempts();
  RETURN_IF_ERROR(shower.find_beginning());
  if (!shower.begin()) return shower.outcome();
  while (true) {
    // Checked before reading, so that output written before the end is read after it.
    bool over = !request.follow || !holder || control::wait_for_end(*holder, 0);
    // Each attempt has a holder of its own; the next one is there before the last one ends.
    if (over && request.follow) {
      holder = holder_to_follow(directory);
      over = !holder;
    }
    if (request.follow) shower.look_for_attempts();
    if (!shower.show_what_is_there()) return shower.outcome();
    if (over) {
      (void)shower.end();
      return shower.outcome();
    }
    if (!shower.pause()) return shower.outcome();
    pollfd items[]{{watch.get(), POLLIN, 0}, {holder->get(), POLLIN, 0}};
    if (::poll(items, 2, -1) > 0 && items[1].revents == 0) ::poll(&items[1], 1, settle_milliseconds);
    forget_events(watch);
  }
}

}  // namespace vigie::act
