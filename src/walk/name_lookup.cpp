#include "walk/name_lookup.h"

#include <fcntl.h>
#include <netdb.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <thread>
#include <utility>

namespace ttq {
namespace {

SocketAddresses look_up(const std::string& host, std::uint16_t port, int flags) {
  const addrinfo wanted{.ai_flags = flags | AI_NUMERICSERV,
                        .ai_family = AF_UNSPEC,
                        .ai_socktype = SOCK_STREAM,
                        .ai_protocol = 0,
                        .ai_addrlen = 0,
                        .ai_addr = nullptr,
                        .ai_canonname = nullptr,
                        .ai_next = nullptr};
  addrinfo* found = nullptr;
  const int error = getaddrinfo(host.c_str(), std::to_string(port).c_str(), &wanted, &found);
  if (error != 0) return PeerFailure{HostState::unreachable, gai_strerror(error)};
  std::vector<SocketAddress> addresses;
  for (const addrinfo* one = found; one != nullptr; one = one->ai_next) {
    SocketAddress address{.length = one->ai_addrlen};
    std::memcpy(&address.storage, one->ai_addr, one->ai_addrlen);
    addresses.push_back(address);
  }
  freeaddrinfo(found);
  return addresses;
}

}  // namespace

SocketAddresses read_numeric(const std::string& host, std::uint16_t port) {
  return look_up(host, port, AI_NUMERICHOST);
}

Answer<NameLookup> NameLookup::start(const std::string& host, std::uint16_t port) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
    return PeerFailure{HostState::unreachable, std::generic_category().message(errno)};
  }
  UniqueFd done(ends[0]);
  UniqueFd doing(ends[1]);
  std::packaged_task<SocketAddresses()> task([=] { return look_up(host, port, AI_ADDRCONFIG); });
  auto found = task.get_future();
  try {
    std::thread(
        [](std::packaged_task<SocketAddresses()> work, UniqueFd open) {
          work();
          open.reset();
        },
        std::move(task), std::move(doing))
        .detach();
  } catch (const std::system_error& error) {
    return PeerFailure{HostState::unreachable, error.code().message()};
  }
  return NameLookup(std::move(done), std::move(found));
}

}  // namespace ttq
