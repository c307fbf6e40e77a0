#include "keep/clients/doorway.hpp"

#include <fcntl.h>
#include <sys/inotify.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "keep/clients/requests.hpp"
#include "wire/socket.hpp"

namespace vigie::keep {
namespace {

/// Descriptors that a recorder opens at once besides its clients: terminal, logs, a record and its directory, a scan of
/// /proc, hooks.
constexpr std::size_t own_descriptors = 40;
constexpr std::size_t fewest_clients = 2, most_clients = 100;

std::size_t clients_that_fit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return most_clients;
  const std::size_t all = limit.rlim_cur;
  return std::clamp(all > own_descriptors ? all - own_descriptors : 0, fewest_clients, most_clients);
}

}  // namespace

Doorway::Doorway(std::string directory)
    : directory_(std::move(directory)),
      most_clients_(clients_that_fit()),
      turned_away_(refusal("too many clients are connected to this run")),
      spare_(::open("/dev/null", O_RDONLY | O_CLOEXEC)) {
  open();
}

void Doorway::open() {
  notice_.reset();
  Result<Fd> listener = wire::listen_in(directory_);
  if (!listener) return listener_.reset();
  listener_ = std::move(*listener);
  // Readable when the number of its names changes, and after nothing that vigie does: an idle run is not woken up.
  notice_.reset(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
  if (notice_) ::inotify_add_watch(notice_.get(), path().c_str(), IN_ATTRIB | IN_DELETE_SELF);
}

void Doorway::mend() {
  alignas(inotify_event) char events[512];
  while (::read(notice_.get(), events, sizeof events) > 0) {
  }
  if (::access(path().c_str(), F_OK) != 0 && errno == ENOENT) open();
}

Fd Doorway::let_in(std::size_t present) {
  errno = 0;
  Fd client = wire::accept_own(listener_);
  if (!client && (errno == EMFILE || errno == ENFILE)) {
    spare_.reset();
    client.reset(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    present = most_clients_;
  }
  if (client && present >= most_clients_) {
    (void)::send(client.get(), turned_away_.data(), turned_away_.size(), MSG_NOSIGNAL);
    client.reset();
  }
  if (!spare_) spare_.reset(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  return client;
}

void Doorway::close() {
  notice_.reset();
  if (!std::exchange(listener_, Fd())) return;
  ::unlink(path().c_str());
}

}  // namespace vigie::keep
