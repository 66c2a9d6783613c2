#include "relay/outlet.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

namespace ttq {
namespace {

using std::chrono::steady_clock;

}  // namespace

Result<void> Outlet::connect(UniqueFd socket) {
  if (::shutdown(socket.get(), SHUT_RD) != 0) return errno_fault("shut the relay for reading");
  socket_ = std::move(socket);
  knows_health_ = false;
  return send(encode_hello(), steady_clock::now() + patience_);
}

void Outlet::say_farewell() {
  [[maybe_unused]] const auto sent = send(encode_farewell(), steady_clock::now() + patience_);
  disconnect();
}

Result<void> Outlet::send(std::string_view record, Moment deadline) const {
  for (;;) {
    if (!socket_) return Fault{"there is no server to tell it"};
    const auto sent =
        ::send(socket_.get(), record.data(), record.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent >= 0) return {};
    if (errno != EAGAIN && errno != EINTR) return errno_fault("tell the server");
    if (auto room = await_room(deadline); !room) return room;
  }
}

Result<void> Outlet::await_room(Moment deadline) const {
  const auto left =
      std::chrono::ceil<std::chrono::milliseconds>(deadline - steady_clock::now()).count();
  if (left <= 0) return Fault{"the server does not read what it is told"};
  pollfd polled{socket_.get(), POLLOUT, 0};
  if (::poll(&polled, 1, static_cast<int>(left)) < 0 && errno != EINTR) return errno_fault("poll");
  return {};
}

Result<void> Outlet::take(const WindowBatch& batch) {
  const Moment deadline = steady_clock::now() + patience_;
  return tell_batch(batch, [&](std::string_view record) { return send(record, deadline); });
}

/// Waited for is the first only, without which a server answers nothing: there will be another.
void Outlet::post(const Health& health) {
  const Moment deadline = knows_health_ ? Moment{} : steady_clock::now() + patience_;
  if (send(encode_health(health), deadline)) knows_health_ = true;
}

void Outlet::post_addresses(const std::vector<Address>& addresses) {
  [[maybe_unused]] const auto sent = send(encode_addresses(addresses), Moment{});
}

}  // namespace ttq
