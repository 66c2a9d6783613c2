#include "ttracerd/service_manager.h"

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <string>

#include "base/text.h"

namespace ttq {
namespace {

/// Empty: it is not there.
std::string take_variable(const char* name) {
  const char* value = std::getenv(name);
  std::string taken = value != nullptr ? value : "";
  ::unsetenv(name);
  return taken;
}

UniqueFd connect_to(std::string name) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const bool fits = !name.empty() && name.size() < sizeof address.sun_path;
  if (!fits || (name[0] != '/' && name[0] != '@')) return UniqueFd();
  if (name[0] == '@') name[0] = '\0';
  std::memcpy(address.sun_path, name.data(), name.size());
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
  UniqueFd socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  // One that is stuck itself must not hold us.
  constexpr timeval patience{.tv_sec = 1, .tv_usec = 0};
  ::setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): how the sockets API is spelled
  const auto* there = reinterpret_cast<const sockaddr*>(&address);
  return ::connect(socket.get(), there, length) == 0 ? std::move(socket) : UniqueFd();
}

}  // namespace

ServiceManager ServiceManager::from_environment() {
  ServiceManager manager;
  manager.socket_ = connect_to(take_variable("NOTIFY_SOCKET"));
  const auto limit = parse_integer<std::int64_t>(take_variable("WATCHDOG_USEC"));
  const auto pid = take_variable("WATCHDOG_PID");
  const bool is_ours = pid.empty() || pid == std::to_string(::getpid());
  constexpr std::chrono::microseconds longest = std::chrono::hours(24);
  // Half of it, as sd_watchdog_enabled(3) advises.
  if (limit && *limit > 0 && is_ours) {
    manager.between_ = std::min(std::chrono::microseconds(*limit), longest) / 2;
  }
  return manager;
}

void ServiceManager::say_ready(std::string_view status) const {
  constexpr std::size_t longest = 2'000;  // what it takes in one message is 4096 bytes
  tell("READY=1\nSTATUS=" + clean(status, longest));
}

/// With the time at which it began, so that it is not taken for the end of an earlier one.
void ServiceManager::say_reloading(Moment now) const {
  using std::chrono::microseconds;
  const auto begun = std::chrono::duration_cast<microseconds>(now.time_since_epoch());
  tell("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(begun.count()));
}

void ServiceManager::say_ending() const { tell("STOPPING=1"); }

void ServiceManager::say_alive(Moment now) {
  const auto next = next_sign();
  if (!next || now < *next) return;
  tell("WATCHDOG=1");
  last_sign_ = now;
}

std::optional<ServiceManager::Moment> ServiceManager::next_sign() const {
  return between_ ? std::optional(last_sign_ + *between_) : std::nullopt;
}

void ServiceManager::tell(std::string_view lines) const {
  if (socket_) {
    [[maybe_unused]] const auto sent =
        ::send(socket_.get(), lines.data(), lines.size(), MSG_NOSIGNAL);
  }
}

}  // namespace ttq
