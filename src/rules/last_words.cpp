#include "rules/last_words.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <map>
#include <set>
#include <span>
#include <utility>

#include <fmt/format.h>

namespace vigie {
namespace {

/// What a line in the output means, in the words that the libraries use.
struct Sign {
  std::string_view text;
  std::string_view rule;
  bool refused = false, killed = false;
};
/// In this order: a sign that is more special comes before one that is contained in its message.
constexpr Sign signs[] = {
    {"CUDA out of memory", "gpu-oom"},                      // c10/cuda/CUDACachingAllocator.cpp
    {"CUDA error: out of memory", "gpu-oom"},               //
    {"HIP out of memory", "gpu-oom"},                       //
    {"MPS backend out of memory", "gpu-oom"},               //
    {"XPU out of memory", "gpu-oom"},                       //
    {"torch.OutOfMemoryError", "gpu-oom"},                  // torch >= 2.5
    {"torch.cuda.OutOfMemoryError", "gpu-oom"},             //
    {"CUBLAS_STATUS_ALLOC_FAILED", "gpu-oom"},              //
    {"CUDA_ERROR_OUT_OF_MEMORY", "gpu-oom"},                // the driver's, in JAX and TensorFlow
    {"RESOURCE_EXHAUSTED: Out of memory", "gpu-oom"},       // XLA; gRPC says RESOURCE_EXHAUSTED of its own limits, too
    {"RESOURCE_EXHAUSTED: Failed to allocate", "gpu-oom"},  //
    {"Ran out of memory in memory space", "gpu-oom"},       //
    {"OOM when allocating tensor", "gpu-oom"},              // TensorFlow
    {"Error while creating shared memory segment", "shm-full"},  // NCCL
    {"insufficient shared memory", "shm-full"},                  // torch/utils/data/_utils/signal_handling.py
    {"unable to write to file </torch", "shm-full"},             // torch/lib/libshm
    {"Too many open files", "fd-limit"},                         // EMFILE
    {"received 0 items of ancdata", "fd-limit"},                 // multiprocessing, descriptors passed by socket
    {"No space left on device", "disk-full"},                    // ENOSPC
    {"Disk quota exceeded", "disk-full"},                        // EDQUOT
    {"PytorchStreamWriter failed writing", "disk-full"},         // caffe2/serialize/inline_container.cc: a short write
    {"] . unexpected pos ", "disk-full"},                        // the same, when it is closed
    {"basic_ios::clear: iostream error", "disk-full"},           // the same, into a stream
    {"is killed by signal: Killed", "oom-killed", false, true},  // torch: a loader worker
    {"can't allocate memory", "oom-killed", true},               // c10/core/impl/alloc_cpu.cpp
    {"Cannot allocate memory", "oom-killed", true},              // ENOMEM
    {"std::bad_alloc", "oom-killed", true},                      //
    {"MemoryError", "oom-killed", true},                         // Python, numpy
    {"collective operation timeout", "collective-wait"},         // torch ProcessGroupNCCL
};

constexpr std::string_view traceback_head = "Traceback (most recent call last):";

bool has(std::string_view line, std::string_view text) {
  return line.find(text) != std::string_view::npos;
}

bool has_any(std::string_view line, std::span<const std::string_view> texts) {
  return std::ranges::any_of(texts, [&](std::string_view text) { return has(line, text); });
}

/// numpy, ndarray.tofile: "1000000 requested and 262144 written": the file took no more.
bool is_short_write(std::string_view line) {
  return has(line, " requested and ") && line.ends_with(" written");
}

const Sign* sign_in(std::string_view line) {
  static constexpr Sign short_write{"written", "disk-full"};
  const auto found = std::ranges::find_if(signs, [&](const Sign& sign) { return has(line, sign.text); });
  if (found != std::end(signs)) return found;
  return is_short_write(line) ? &short_write : nullptr;
}

/// Whether what was full, in these words, is the memory that processes share.
bool is_about_shared_memory(std::string_view line) {
  constexpr std::string_view words[] = {"/dev/shm", "SemLock",          "shared memory",
                                        "</torch",  "shared_memory.py", "multiprocessing/heap.py",
                                        "shm_open", "posixshmem"};
  return has_any(line, words);
}

/// A line that tells of trouble that its program deals with.
bool is_warning(std::string_view line) {
  constexpr std::string_view words[] = {"Warning", "WARNING",      "warning",      "WARN",     "[W",
                                        "etrying", "etry",         "falling back", "kipping",  "gnoring",
                                        "ignored", "will operate", "ecovered",     "ontinuing"};
  return has_any(line, words);
}

/// Launchers put a mark before each line: "[rank0]: ".
std::string_view without_rank(std::string_view line) {
  if (!line.starts_with("[rank")) return line;
  const std::size_t end = line.find("]:");
  if (end == std::string_view::npos || end > 12) return line;
  line.remove_prefix(end + 2);
  if (line.starts_with(' ')) line.remove_prefix(1);
  return line;
}

std::string_view base_name(std::string_view path) {
  return path.substr(path.rfind('/') + 1);
}

/// `  File "/x/train.py", line 42, in step` as "train.py:42 in step"; empty when it is none.
std::string place_in(std::string_view line) {
  const std::size_t quote = line.find("File \"");
  if (quote == std::string_view::npos) return {};
  const std::string_view rest = line.substr(quote + 6);
  const std::size_t end = rest.find("\", line ");
  if (end == std::string_view::npos) return {};
  const std::string_view after = rest.substr(end + 8);
  const std::size_t comma = after.find(", in ");
  std::string text = fmt::format("{}:{}", base_name(rest.substr(0, end)), after.substr(0, comma));
  if (comma != std::string_view::npos) text += fmt::format(" in {}", after.substr(comma + 5));
  return text;
}

bool is_library(std::string_view line) {
  return has(line, "/site-packages/") || has(line, "/dist-packages/") || has(line, "/lib/python3");
}

/// The traceback whose head is `lines[head]`, and the line after its error.
std::optional<Traceback> traceback_at(std::span<const std::string> lines, std::size_t head, std::size_t& end) {
  // PyTorch writes "Original Traceback" of a worker's.
  const std::size_t indent = lines[head].starts_with('[') ? lines[head].find(traceback_head) : 0;
  Traceback found;
  std::string innermost;
  for (end = head + 1; end < lines.size() && found.error.empty(); ++end) {
    const std::string_view text = std::string_view(lines[end]).substr(std::min(indent, lines[end].size()));
    if (!text.starts_with(' ') && !text.empty()) {
      found.error = text;
      continue;
    }
    std::string place = place_in(text);
    if (place.empty()) continue;
    if (!is_library(text)) found.where = place;
    innermost = std::move(place);
  }
  if (found.error.empty()) return std::nullopt;
  if (found.where.empty()) found.where = std::move(innermost);
  return found;
}

/// Something in the output that may have been the end of it: the lines [begin, end).
struct Trouble {
  std::size_t begin = 0, end = 0;
  Cause cause;
};

void set_sign(const Sign& sign, std::string_view line, Cause& cause) {
  cause.rule = sign.rule;
  cause.line = line;
  cause.refused = sign.refused;
  cause.killed = sign.killed;
}

/// Whether the traceback that begins at `head` was raised while the one before it was handled, or is that of a worker.
bool continues(std::span<const std::string> lines, std::size_t end, std::size_t head) {
  constexpr std::string_view words[] = {"During handling of the above", "was the direct cause of",
                                        "Original Traceback"};
  const std::size_t last = std::min(head + 1, lines.size());
  return std::ranges::any_of(lines.subspan(end, last - end),
                             [&](const std::string& line) { return has_any(line, words); });
}

/// The next head of a traceback, at most `far` lines away; lines.size() when there is none.
std::size_t next_head(std::span<const std::string> lines, std::size_t from, std::size_t far) {
  const std::size_t limit = std::min(from + far, lines.size());
  for (std::size_t at = from; at < limit; ++at) {
    if (has(lines[at], traceback_head)) return at;
  }
  return lines.size();
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// The count that a line tells, "12/100" or "step 12"; empty when it tells none.
std::string_view count_in(std::string_view line) {
  for (std::size_t at = 1; at + 1 < line.size(); ++at) {
    if (line[at] != '/' || !is_digit(line[at - 1]) || !is_digit(line[at + 1])) continue;
    std::size_t begin = at, end = at + 1;
    while (begin > 0 && is_digit(line[begin - 1])) --begin;
    while (end < line.size() && is_digit(line[end])) ++end;
    return line.substr(begin, end - begin);
  }
  constexpr std::string_view words[] = {"step", "Step", "iter", "Iter", "epoch", "Epoch", "batch", "Batch"};
  for (const std::string_view word : words) {
    const std::size_t at = line.find(word);
    if (at == std::string_view::npos) continue;
    const std::size_t begin = line.find_first_of("0123456789", at);
    if (begin == std::string_view::npos || begin > at + word.size() + 8) continue;
    const std::size_t end = std::min(line.find_first_not_of("0123456789", begin), line.size());
    return line.substr(begin, end - begin);
  }
  return {};
}

/// Whether a line behind a traceback may belong to its message: it is neither the beginning of another, nor a logger's,
/// nor does it count.
bool is_more_of_message(std::string_view line) {
  return !has(line, traceback_head) && !is_warning(line) && !line.starts_with('[') && !is_digit(line.front()) &&
         count_in(line).empty();
}

/// The traceback at `head` with those that belong to it, and the rest of a message of several lines.
Trouble trouble_at(std::span<const std::string> lines, std::size_t head) {
  constexpr std::size_t between_chained = 4, most_message = 4;
  Trouble trouble{.begin = head, .end = head + 1, .cause = {}};
  bool shared = false;
  const auto look = [&](std::size_t at) {
    const std::string_view line = without_rank(lines[at]);
    shared = shared || is_about_shared_memory(line);
    if (line.starts_with(' ') || !trouble.cause.rule.empty()) return;
    if (const Sign* const sign = sign_in(line)) set_sign(*sign, line, trouble.cause);
  };
  for (std::size_t at = head; at < lines.size();) {
    std::size_t end = at + 1;
    if (std::optional<Traceback> traceback = traceback_at(lines, at, end)) {
      if (trouble.cause.rule.empty()) trouble.cause.traceback = std::move(traceback);
    }
    for (std::size_t line = at; line < end; ++line) look(line);
    trouble.end = end;
    at = next_head(lines, end, between_chained);
    if (at == lines.size() || !continues(lines, end, at)) break;
  }
  const std::size_t limit = std::min(lines.size(), trouble.end + most_message);
  for (; trouble.end < limit && is_more_of_message(lines[trouble.end]); ++trouble.end) look(trouble.end);
  if (trouble.cause.rule == "disk-full" && shared) trouble.cause.rule = "shm-full";
  return trouble;
}

std::vector<Trouble> troubles_in(std::span<const std::string> lines) {
  std::vector<Trouble> troubles;
  for (std::size_t at = 0; at < lines.size();) {
    if (has(lines[at], traceback_head)) {
      Trouble trouble = trouble_at(lines, at);
      at = trouble.end;
      if (trouble.cause.traceback || !trouble.cause.rule.empty()) troubles.push_back(std::move(trouble));
      continue;
    }
    if (const Sign* const sign = sign_in(lines[at])) {
      Trouble trouble{.begin = at, .end = at + 1, .cause = {}};
      set_sign(*sign, lines[at], trouble.cause);
      if (trouble.cause.rule == "disk-full" && is_about_shared_memory(lines[at])) trouble.cause.rule = "shm-full";
      trouble.cause.warned = is_warning(lines[at]);
      troubles.push_back(std::move(trouble));
    }
    ++at;
  }
  return troubles;
}

/// A line with its numbers masked, and the numbers: lines of progress differ in nothing else.
struct Shape {
  std::string mask;
  std::string numbers;
};

Shape shape_of(std::string_view line) {
  Shape shape;
  for (const char c : line) {
    if (is_digit(c)) {
      shape.numbers += c;
      if (!shape.mask.ends_with('#')) shape.mask += '#';
    } else if (c != ' ' && static_cast<unsigned char>(c) < 0x80) {  // bars are drawn with other characters
      shape.mask += c;
      shape.numbers += ' ';
    }
  }
  return shape;
}

/// A line that a training prints while all is well.
bool is_ordinary(std::string_view line) {
  constexpr std::string_view words[] = {"rror",  "RROR",     "xcept",   "rank",    "pid",     "exitcode",
                                        "SIG",   "terminat", "frame #", "File \"", "Warning", "WARN",
                                        "File:", "NCCL",     "[E",      "abort",   "Abort",   "failed"};
  return !line.empty() && !line.starts_with(' ') && !has_any(line, words);
}

/// Whether a training went on after its trouble: two more counts that differ from the one before, or three lines that
/// differ in their numbers alone. A bar that is drawn once more as it is left shows the count of before.
bool went_on(std::span<const std::string> lines, const Trouble& trouble) {
  std::string_view before;
  for (std::size_t at = trouble.begin + 1; at-- > 0 && before.empty();) before = count_in(lines[at]);
  std::set<std::string_view> counts;
  std::map<std::string, std::set<std::string>> shapes;
  constexpr std::size_t far = 4000;
  const std::size_t end = std::min(lines.size(), trouble.end + far);
  for (std::size_t at = trouble.end; at < end; ++at) {
    if (has(lines[at], traceback_head)) break;
    if (!is_ordinary(lines[at])) continue;
    const std::string_view count = count_in(lines[at]);
    if (!count.empty() && count != before && counts.insert(count).second && counts.size() >= 2) return true;
    Shape shape = shape_of(lines[at]);
    std::set<std::string>& same = shapes[std::move(shape.mask)];
    if (!shape.numbers.empty() && count.empty() && same.insert(std::move(shape.numbers)).second && same.size() >= 3)
      return true;
  }
  return false;
}

}  // namespace

std::vector<std::string> printed_lines(std::string_view output) {
  std::vector<std::string> lines(1);
  for (std::size_t at = 0; at < output.size(); ++at) {
    const char c = output[at];
    if (c == '\x1b' && at + 1 < output.size() && output[at + 1] == '[') {
      at += 2;
      while (at < output.size() && (output[at] < '@' || output[at] > '~')) ++at;
    } else if (c == '\n' || c == '\r') {
      if (!lines.back().empty()) lines.emplace_back();
    } else if (c != '\x1b') {
      lines.back() += c;
    }
  }
  if (lines.back().empty()) lines.pop_back();
  return lines;
}

std::optional<Traceback> last_traceback(std::string_view output) {
  const std::vector<std::string> lines = printed_lines(output);
  for (std::size_t at = lines.size(); at-- > 0;) {
    if (!has(lines[at], traceback_head)) continue;
    std::size_t end = 0;
    return traceback_at(lines, at, end);
  }
  return std::nullopt;
}

std::optional<Cause> first_cause(const std::vector<std::string>& lines) {
  std::vector<Trouble> troubles = troubles_in(lines);
  // The last after which the run went on: all before it is past, too.
  for (std::size_t at = troubles.size(); at-- > 0;) {
    if (!went_on(lines, troubles[at])) continue;
    troubles.erase(troubles.begin(), troubles.begin() + static_cast<std::ptrdiff_t>(at) + 1);
    break;
  }
  auto first = std::ranges::find_if(troubles, [](const Trouble& trouble) { return !trouble.cause.warned; });
  if (first == troubles.end()) first = troubles.begin();
  if (first == troubles.end()) return std::nullopt;
  return std::move(first->cause);
}

}  // namespace vigie
