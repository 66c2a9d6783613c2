#include "bench/fleet_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <utility>
#include <vector>

namespace ttq::bench {
namespace {

constexpr std::chrono::seconds slowness{2};

void require(bool happened, const char* what) {
  if (happened) return;
  std::perror(what);
  std::exit(1);
}

UniqueFd listen_everywhere(std::uint16_t port) {
  UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  const int on = 1;
  ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in any{};
  any.sin_family = AF_INET;
  any.sin_port = htons(port);
  require(::bind(fd.get(), reinterpret_cast<sockaddr*>(&any), sizeof any) == 0, "bind");
  require(::listen(fd.get(), 4096) == 0, "listen");
  return fd;
}

std::uint32_t local_address(int fd) {
  sockaddr_in own{};
  socklen_t length = sizeof own;
  ::getsockname(fd, reinterpret_cast<sockaddr*>(&own), &length);
  return ntohl(own.sin_addr.s_addr);
}

}  // namespace

FleetServer::FleetServer(Fleet& fleet, std::uint16_t port)
    : fleet_(fleet), listener_(listen_everywhere(port)), epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
  epoll_event event{.events = EPOLLIN, .data = {.fd = listener_.get()}};
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, listener_.get(), &event);
  thread_ = std::thread([this] { run(); });
}

FleetServer::~FleetServer() {
  stopping_ = true;
  thread_.join();
}

void FleetServer::run() {
  std::array<epoll_event, 256> events{};
  while (!stopping_) {
    const int ready = ::epoll_wait(epoll_.get(), events.data(), events.size(), 20);
    for (int i = 0; i < ready; ++i) {
      const epoll_event& event = events.at(static_cast<std::size_t>(i));
      if (event.data.fd == listener_.get()) {
        accept_all();
        continue;
      }
      const auto at = connections_.find(event.data.fd);
      if (at == connections_.end()) continue;
      if ((event.events & EPOLLOUT) != 0U) {
        send(at->second);
      } else {
        receive(at->second);
      }
    }
    send_due(std::chrono::steady_clock::now());
  }
}

void FleetServer::accept_all() {
  for (;;) {
    UniqueFd fd(::accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!fd) return;
    const int on = 1;
    ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    const int number = fd.get();
    Connection connection{.fd = std::move(fd)};
    connection.host = fleet_.host_at(local_address(number));
    ++traffic.connections;
    epoll_event event{.events = EPOLLIN, .data = {.fd = number}};
    ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, number, &event);
    connections_.insert_or_assign(number, std::move(connection));
  }
}

void FleetServer::watch(const Connection& connection, bool writable) const {
  epoll_event event{.events = writable ? EPOLLOUT : EPOLLIN, .data = {.fd = connection.fd.get()}};
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, connection.fd.get(), &event);
}

void FleetServer::receive(Connection& connection) {
  std::array<char, 4096> buffer;
  const auto count = ::recv(connection.fd.get(), buffer.data(), buffer.size(), 0);
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (count <= 0) {
    connections_.erase(connection.fd.get());
    return;
  }
  connection.request.append(buffer.data(), static_cast<std::size_t>(count));
  if (connection.request.find("\r\n\r\n") == std::string::npos) return;
  ++traffic.requests;
  if (weak_are_slow && fleet_.is_weak(connection.host)) {
    delayed_.emplace(std::chrono::steady_clock::now() + slowness, connection.fd.get());
  } else {
    start_answer(connection);
  }
}

void FleetServer::start_answer(Connection& connection) {
  connection.answer = &fleet_.answer(connection.host, connection.request);
  connection.request.clear();
  connection.sent = 0;
  send(connection);
}

void FleetServer::send(Connection& connection) {
  const std::string& bytes = *connection.answer;
  const auto count = ::send(connection.fd.get(), bytes.data() + connection.sent,
                            bytes.size() - connection.sent, MSG_NOSIGNAL);
  if (count < 0 && errno != EAGAIN) {
    connections_.erase(connection.fd.get());
    return;
  }
  if (count > 0) {
    connection.sent += static_cast<std::size_t>(count);
    traffic.bytes += static_cast<std::uint64_t>(count);
  }
  watch(connection, connection.sent < bytes.size());
}

void FleetServer::send_due(Moment now) {
  while (!delayed_.empty() && delayed_.begin()->first <= now) {
    const auto at = connections_.find(delayed_.begin()->second);
    delayed_.erase(delayed_.begin());
    if (at != connections_.end() && !at->second.request.empty()) start_answer(at->second);
  }
}

}  // namespace ttq::bench
