// Any bytes in the place of /proc/PID/syscall, and as what a tracer hears: entries, returns, ends, names, in any order.
#include <cstring>
#include <string>

#include "input.hpp"
#include "sources/proc/call.hpp"
#include "sources/trace/ledger.hpp"

namespace {

using vigie::trace::ThreadRef;

class Names : public vigie::trace::FileNamer {
 public:
  explicit Names(std::string_view text) : text_(text) {}
  std::string descriptor(ThreadRef, int number) override { return piece(static_cast<std::size_t>(number)); }
  std::string path(ThreadRef, int, std::uint64_t address) override { return piece(address); }
  void forget(pid_t, int) override {}

 private:
  std::string piece(std::size_t at) {
    return text_.empty() ? std::string() : std::string(text_.substr(at % text_.size(), 5));
  }
  std::string_view text_;
};

struct Heard {
  std::uint8_t what, thread;
  std::int16_t number;  ///< of the call, or what it returned
  std::uint8_t argument, time;
};

}  // namespace

FUZZ(text) {
  if (const auto line = vigie::proc::parse_call(text)) must(line->running || line->number >= -1);
  Names names(text);
  vigie::trace::Ledger ledger(names);
  std::int64_t now = 0;
  for (Heard heard{}; text.size() >= sizeof heard; text.remove_prefix(sizeof heard)) {
    std::memcpy(&heard, text.data(), sizeof heard);
    now += heard.time;
    const ThreadRef thread{1, heard.thread % 4};
    vigie::trace::Entry entry{.number = heard.number, .native = heard.what < 250};
    entry.arguments.fill(heard.argument);
    switch (heard.what % 5) {
      case 0: ledger.entered(thread, entry, now); break;
      case 1: ledger.left(thread, heard.number, heard.number < 0, now); break;
      case 2: ledger.thread_ended(thread, now); break;
      case 3: ledger.renamed(heard.argument % 4, thread); break;
      default: ledger.thread_began(thread, now, entry);
    }
  }
  const vigie::CallTrace trace = ledger.finish(now);
  for (const vigie::TracedCall& call : trace.calls) {
    must(vigie::count_of(call.errors) <= call.calls && call.durations.count() <= call.calls);
    must(call.total_ns >= 0 && call.unfinished_ns >= 0 && call.max_ns <= call.total_ns + call.unfinished_ns);
  }
  for (const vigie::TracedFile& file : trace.files) must(file.errors <= file.calls && file.max_ns >= 0);
}
