#include "sources/sys/mounts.hpp"

#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <set>
#include <unordered_map>
#include <utility>

#include "base/clock.hpp"
#include "base/file.hpp"
#include "sources/sys/lines.hpp"
#include "sources/sys/parse.hpp"

namespace vigie::sys {
namespace {

/// Views of the kernel, and images that are always full.
constexpr std::array<std::string_view, 24> without_room = {
    "proc",      "sysfs",    "cgroup",    "cgroup2",  "devpts",      "securityfs", "debugfs",    "tracefs",
    "bpf",       "pstore",   "mqueue",    "configfs", "fusectl",     "autofs",     "rpc_pipefs", "nsfs",
    "selinuxfs", "efivarfs", "hugetlbfs", "ramfs",    "binfmt_misc", "squashfs",   "iso9660",    "fuse.portal"};

/// Space, tab, newline and backslash are written as \040, \011, \012, \134.
std::string unescaped(std::string_view text) {
  const auto octal = [](char c) { return c >= '0' && c <= '7'; };
  std::string result;
  result.reserve(text.size());
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '\\' && at + 3 < text.size() && octal(text[at + 1]) && octal(text[at + 2]) && octal(text[at + 3])) {
      result += static_cast<char>((text[at + 1] - '0') * 64 + (text[at + 2] - '0') * 8 + (text[at + 3] - '0'));
      at += 3;
    } else {
      result += text[at];
    }
  }
  return result;
}

}  // namespace

std::vector<MountSample> parse_mountinfo(std::string_view text) {
  std::vector<MountSample> mounts;
  std::unordered_map<std::string, std::size_t> at;  // by path: there may be 100,000 (sysctl fs.mount-max)
  std::string_view line;
  while (take_line(text, line)) {
    const std::size_t separator = line.find(" - ");
    if (separator == std::string_view::npos) continue;
    Words words(line.substr(0, separator));
    for (int skipped = 0; skipped < 4; ++skipped) words.next();  // id, parent, device, root
    MountSample mount;
    mount.path = unescaped(words.next());
    const std::string_view options = words.next();
    mount.read_only = options == "ro" || options.starts_with("ro,");
    Words after(line.substr(separator + 3));
    mount.type = after.next();
    mount.source = unescaped(after.next());
    if (mount.path.empty() || mount.type.empty()) continue;
    // A mount hides the one that it is mounted over.
    if (const auto under = at.find(mount.path); under != at.end()) {
      mounts[under->second].path.clear();
      at.erase(under);
    }
    if (std::ranges::find(without_room, mount.type) != without_room.end()) continue;
    at.emplace(mount.path, mounts.size());
    mounts.push_back(std::move(mount));
  }
  std::erase_if(mounts, [](const MountSample& mount) { return mount.path.empty(); });
  return mounts;
}

MountUse use_of(const struct statvfs& said) {
  const std::uint64_t block = said.f_frsize;
  return {.total_bytes = said.f_blocks * block,
          .free_bytes = said.f_bfree * block,
          .available_bytes = said.f_bavail * block,
          .files = said.f_files,
          .files_free = said.f_ffree};
}

Reading<MountUse> ask_statvfs(const std::string& path) {
  struct statvfs said{};
  if (::statvfs(path.c_str(), &said) != 0) return presence_of_errno(errno);
  return use_of(said);
}

namespace {

/// What an asker writes for each path.
struct Answer {
  Presence presence = Presence::unknown;
  MountUse use;
};

/// The child: it must keep nothing of its parent's open, as another process may wait for the end of the parent's
/// output.
[[noreturn]] void answer(const AskMount& ask, const std::vector<std::string>& paths, int pipe) {
  constexpr int number = 3;
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  ::setsid();
  if (pipe != number) ::dup2(pipe, number);
  ::close_range(number + 1, ~0U, 0);
  for (int standard = 0; standard < number; ++standard) ::close(standard);
  (void)!::chdir("/");
  for (const std::string& path : paths) {
    const Reading<MountUse> said = ask(path);
    const Answer answer{.presence = said.presence(), .use = said ? *said : MountUse{}};
    if (::write(number, &answer, sizeof answer) != sizeof answer) break;
  }
  ::_exit(0);
}

}  // namespace

MountSampler::MountSampler(std::chrono::milliseconds deadline, AskMount ask, std::chrono::milliseconds fresh)
    : deadline_(deadline), ask_(std::move(ask)), fresh_(fresh) {}

MountSampler::~MountSampler() {
  if (asking_) left_behind_.push_back(std::move(*asking_));
  for (const Asker& asker : left_behind_) ::kill(asker.pid, SIGKILL);
  reap(0);
}

/// With exit signal 0: a wait for the children of this process does not report it.
MountSampler::Asker MountSampler::start(std::vector<std::string> paths) const {
  Asker asker;
  asker.paths = std::move(paths);
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return asker;
  asker.answers.reset(ends[0]);
  const Fd theirs(ends[1]);
  const long pid = ::syscall(SYS_clone, 0UL, nullptr, nullptr, nullptr, nullptr);
  if (pid == 0) answer(ask_, asker.paths, theirs.get());
  if (pid > 0) asker.pid = static_cast<pid_t>(pid);
  return asker;
}

/// Takes answers as long as they come; false when the next one does not come within `patience`.
bool MountSampler::hear(Asker& asker, std::chrono::milliseconds patience) {
  if (asker.pid == 0) return true;  // there was no room for it
  while (asker.answered < asker.paths.size()) {
    pollfd item{asker.answers.get(), POLLIN, 0};
    const int ready = ::poll(&item, 1, static_cast<int>(patience.count()));
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) return false;
    Answer answer;
    const ssize_t got = ::read(asker.answers.get(), &answer, sizeof answer);
    if (got < 0 && errno == EINTR) continue;
    if (got != sizeof answer) break;  // it was killed
    known_[asker.paths[asker.answered++]] =
        answer.presence == Presence::known ? Reading(answer.use) : Reading<MountUse>(answer.presence);
  }
  ending_.push_back(asker.pid);
  reap(WNOHANG);
  return true;
}

/// Those that have answered, and take a moment to end.
void MountSampler::reap(int options) {
  std::erase_if(ending_, [options](pid_t pid) { return ::waitpid(pid, nullptr, __WALL | options) != 0; });
}

void MountSampler::begin(std::vector<MountSample> mounts) {
  mounts_ = std::move(mounts);
  reap(WNOHANG);
}

bool MountSampler::has_fresh_answers() const {
  return answered_ns_ && monotonic_ns() - *answered_ns_ < fresh_.count() &&
         std::ranges::all_of(*mounts_, [this](const MountSample& mount) { return known_.contains(mount.path); });
}

void MountSampler::ask() {
  // Answers are still to come, there is nothing to ask about, or there are answers.
  if (asking_ || !mounts_ || has_fresh_answers()) return;
  std::erase_if(left_behind_, [this](Asker& asker) { return hear(asker, std::chrono::milliseconds(0)); });
  stuck_.clear();
  for (const Asker& asker : left_behind_) stuck_.insert(asker.paths[asker.answered]);
  open_.clear();
  for (const MountSample& mount : *mounts_) {
    const bool saved = mount.use.presence() == Presence::unsupported;
    if (!saved && !stuck_.contains(mount.path)) open_.push_back(mount.path);
  }
  ask_next();
}

void MountSampler::ask_next() {
  if (open_.empty()) return;
  asking_ = start(open_);
  asking_until_ns_ = monotonic_ns() + std::chrono::nanoseconds(deadline_).count();
}

/// One asks them one after the other. When it is stuck, another one goes on behind the one that stalls.
bool MountSampler::waits(std::chrono::milliseconds patience) {
  reap(WNOHANG);
  while (asking_) {
    const std::size_t answered = asking_->answered;
    if (hear(*asking_, patience)) {
      asking_.reset();
      answered_ns_ = monotonic_ns();
      return false;
    }
    const std::int64_t now = monotonic_ns();
    if (asking_->answered > answered) asking_until_ns_ = now + std::chrono::nanoseconds(deadline_).count();
    if (now < asking_until_ns_) return true;
    open_.erase(open_.begin(), open_.begin() + static_cast<std::ptrdiff_t>(asking_->answered) + 1);
    stuck_.insert(asking_->paths[asking_->answered]);
    left_behind_.push_back(std::move(*asking_));
    asking_.reset();
    ask_next();
  }
  return false;
}

Reading<std::vector<MountSample>> MountSampler::finish() {
  Reading<std::vector<MountSample>> mounts = std::move(mounts_);
  if (!mounts) return mounts;
  std::vector<MountSample> filled = *std::move(mounts);
  for (MountSample& mount : filled) {
    if (mount.use.presence() == Presence::unsupported) continue;  // of a saved host
    const Reading<MountUse>& use = known_.try_emplace(mount.path, Presence::unknown).first->second;
    mount.use = use && stuck_.contains(mount.path) ? Reading<MountUse>::stale(*use) : use;
  }
  return filled;
}

void MountSampler::add_use(std::vector<MountSample>& mounts) {
  begin(std::move(mounts));
  ask();
  while (waits(deadline_)) {
  }
  mounts = *finish();
}

void MountSampler::begin(const Root& root) {
  std::string buffer;
  if (const int error = read_file(root.proc(), "self/mountinfo", buffer)) {
    mounts_ = presence_of_errno(error);
    return;
  }
  std::vector<MountSample> mounts = parse_mountinfo(buffer);
  if (!root.live()) {
    for (MountSample& mount : mounts) mount.use = Presence::unsupported;
  }
  begin(std::move(mounts));
}

}  // namespace vigie::sys
