#include "ttq/carriage.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "base/unique_fd.h"
#include "base/write_all.h"

namespace ttq {
namespace {

Result<UniqueFd> connect_to(const std::string& path) {
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  if (path.size() >= sizeof name.sun_path) return errno_fault(path, ENAMETOOLONG);
  path.copy(name.sun_path, sizeof name.sun_path - 1);
  UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!socket) return errno_fault("socket");
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&name), sizeof name) != 0) {
    return errno_fault("no daemon answers at " + path);
  }
  return socket;
}

/// What is there to be read now; false: that was the end.
Result<bool> carry_some(int from, int to) {
  std::array<char, 65'536> buffer;
  const auto count = ::read(from, buffer.data(), buffer.size());
  if (count < 0 && errno != EINTR) return errno_fault("read");
  if (count <= 0) return count < 0;
  const bool carried = write_all(to, {buffer.data(), static_cast<std::size_t>(count)});
  return carried ? Result<bool>(true) : errno_fault("write");
}

}  // namespace

Result<void> carry(const Carriage& carriage) {
  const auto socket = connect_to(carriage.socket);
  if (!socket) return socket.error();
  std::array<pollfd, 2> ends{{{STDIN_FILENO, POLLIN, 0}, {socket->get(), POLLIN, 0}}};
  for (;;) {
    if (::poll(ends.data(), ends.size(), -1) < 0 && errno != EINTR) return errno_fault("poll");
    if (ends[1].revents != 0) {
      const auto more = carry_some(socket->get(), STDOUT_FILENO);
      if (!more || !*more) return more ? Result<void>() : more.error();
    }
    if (ends[0].revents == 0) continue;
    const auto more = carry_some(STDIN_FILENO, socket->get());
    if (!more) return more.error();
    if (*more) continue;
    ::shutdown(socket->get(), SHUT_WR);
    ends[0].fd = -1;  // what was asked may still be answered
  }
}

}  // namespace ttq
