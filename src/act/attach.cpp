#include "act/attach.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstdlib>
#include <utility>

#include <fmt/format.h>

#include "act/run_life.hpp"
#include "act/runs_by_name.hpp"
#include "control/cgroup_leaf.hpp"
#include "control/process.hpp"
#include "wire/run_directory.hpp"

namespace vigie::act {
namespace {

using Packet = wire::AttachPacket;

constexpr double answer_seconds = 5;
constexpr double stop_seconds = 1;  // by then a program that stops at Ctrl-Z has stopped

}  // namespace

Result<RunRecord> run_to_attach(const std::string& name) {
  Result<RunRecord> record = find_run(name, Naming::by_beginning, RunUse::attach);
  if (!record) return record;
  if (record->adopted) {
    return fail(
        fmt::format("{} was adopted: its terminal belongs to where it was started; `vigie logs {}` says where its "
                    "output goes",
                    record->name, record->name));
  }
  return record;
}

Result<void> refuse_without_terminal(const RunRecord& record) {
  const Result<RunRecord> now = wait_until_over(record.directory, 0);
  if (now && is_over(now->state)) {
    return fail(fmt::format("{} has no terminal any more ({}): `vigie logs {}` shows what it printed", record.name,
                            describe_end(*now), record.name));
  }
  if (record.spec.pty) return {};
  return fail(
      fmt::format("{} has no terminal (--no-pty): `vigie logs -f {}` shows its output", record.name, record.name));
}

Result<void> refuse_within(const RunRecord& record) {
  const char* const within = std::getenv("VIGIE_RUN_ID");
  if (within == nullptr || within != record.id) return {};
  return fail(
      fmt::format("this is {} itself: its terminal cannot be shown within it, that would never end", record.name));
}

Result<std::optional<RunRecord>> await_terminal(const RunRecord& record,
                                                const std::function<void(const std::string&)>& waits) {
  constexpr int between_looks_ms = 100;
  for (bool said = false;; ::poll(nullptr, 0, between_looks_ms)) {
    const Result<RunRecord> current = wait_until_over(record.directory, 0);
    RETURN_IF_ERROR(current);
    if (is_over(current->state)) return std::optional<RunRecord>();
    if (current->state != RunState::queued) break;
    if (!std::exchange(said, true)) waits(describe_wait(*current, now().wall_ns));
  }
  const Result<RunRecord> latest = wire::read_record(record.directory);  // it may have a leader only now
  RETURN_IF_ERROR(latest);
  return std::optional(*latest);
}

bool is_stopped(const RunRecord& record) {
  if (!record.group.directory.empty() && control::CgroupLeaf(record.group.directory).frozen()) return true;
  return control::state_of(record.leader.pid) == 'T';
}

Result<AttachClient::Reach> AttachClient::connect(wire::TerminalSize size, bool scrollback) {
  Result<wire::Attachment> connected = once_it_listens(record_, [&] {
    return wire::attach(
        record_, {.size = size, .read_only = wish_.read_only, .answers = wish_.answers, .scrollback = scrollback},
        answer_seconds);
  });
  if (connected) {
    socket_ = std::move(connected->connection);
    theirs_ = connected->size;
    lost_ = false;
    return Reach::connected;
  }
  const Result<RunRecord> now = wait_until_over(record_.directory, 0);
  if (!now || is_over(now->state)) return Reach::over;
  if (now->state == RunState::queued) return Reach::queued;
  return pass(std::move(connected));
}

void AttachClient::send(Packet::Kind kind, std::string_view content) {
  if (!wire::send_packet(socket_.get(), kind, content)) lost_ = true;
}

void AttachClient::resize(wire::TerminalSize size) {
  send(Packet::Kind::resize, fmt::format("{} {}", size.rows, size.columns));
}

void AttachClient::ask_for_redraw() {
  send(Packet::Kind::redraw, {});
}

void AttachClient::type(std::string_view keys) {
  if (wish_.read_only || keys.empty()) return;
  if (keys.contains('\x1a')) suspended_at_ = now();
  send(Packet::Kind::input, keys);
}

std::string AttachClient::receive(std::size_t pending) {
  constexpr std::size_t most_at_once = 64 << 10;
  std::string output;
  char bytes[1 + Packet::largest_content];
  while (pending + output.size() < most_at_once) {
    const ssize_t got = ::recv(socket_.get(), bytes, sizeof bytes, MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) break;
    if (got == 0 && pending + output.size() > 0) break;  // the last output first: the end can be read again
    const auto packet = got > 0 ? wire::attach_packet({bytes, static_cast<std::size_t>(got)}) : std::optional<Packet>();
    lost_ = !packet;
    if (!packet || packet->kind != Packet::Kind::output) break;
    output += packet->content;
  }
  return output;
}

bool AttachClient::ctrl_z_is_over() const {
  return !suspended_at_ || seconds_between(*suspended_at_, now()) > stop_seconds;
}

bool AttachClient::has_stopped() {
  const bool stopped = suspended_at_ && is_stopped(record_);
  if (stopped || ctrl_z_is_over()) suspended_at_.reset();
  return stopped;
}

bool AttachClient::left_stopped() const {
  while (!is_stopped(record_)) {
    if (ctrl_z_is_over()) return false;
    ::poll(nullptr, 0, 20);
  }
  return true;
}

}  // namespace vigie::act
