#include "support/scripted_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>

#include "api/gzip.h"

namespace ttq::test {
namespace {

void require(bool happened) {
  if (!happened) std::abort();
}

UniqueFd listen_on_loopback(PeerAddress& address) {
  UniqueFd fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in place{};
  place.sin_family = AF_INET;
  place.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof place;
  require(bind(fd.get(), reinterpret_cast<sockaddr*>(&place), size) == 0);
  require(listen(fd.get(), 8) == 0);
  require(getsockname(fd.get(), reinterpret_cast<sockaddr*>(&place), &size) == 0);
  address = {.host = "127.0.0.1", .port = ntohs(place.sin_port)};
  return fd;
}

UniqueFd listen_on_path(const std::string& path) {
  UniqueFd fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un place{};
  place.sun_family = AF_UNIX;
  std::strncpy(place.sun_path, path.c_str(), sizeof place.sun_path - 1);
  require(bind(fd.get(), reinterpret_cast<sockaddr*>(&place), sizeof place) == 0);
  require(listen(fd.get(), 8) == 0);
  return fd;
}

bool is_readable(int fd) {
  pollfd waiting{.fd = fd, .events = POLLIN, .revents = 0};
  return poll(&waiting, 1, 10) > 0;
}

}  // namespace

Script http_ok(const std::string& body, Coding coding) {
  std::string sent = body;
  std::string head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n";
  if (coding == Coding::gzip) {
    Gzip gzip;
    sent = gzip.add(body);
    sent += gzip.finish();
    head += "Content-Encoding: gzip\r\n";
  }
  return {head + "Content-Length: " + std::to_string(sent.size()) + "\r\n\r\n" + sent};
}

ScriptedServer::ScriptedServer(Answer answer, std::string unix_path)
    : answer_(std::move(answer)), address_{.unix_path = std::move(unix_path)} {
  listener_ = address_.unix_path.empty() ? listen_on_loopback(address_)
                                         : listen_on_path(address_.unix_path);
  thread_ = std::jthread([this](const std::stop_token& stop) { serve(stop); });
}

ScriptedServer::~ScriptedServer() {
  thread_.request_stop();
  thread_.join();
  if (!address_.unix_path.empty()) unlink(address_.unix_path.c_str());
}

std::vector<std::string> ScriptedServer::requests() const {
  const std::lock_guard lock(mutex_);
  return requests_;
}

int ScriptedServer::connections() const {
  const std::lock_guard lock(mutex_);
  return connections_;
}

void ScriptedServer::serve(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    if (!is_readable(listener_.get())) continue;
    const UniqueFd fd(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    {
      const std::lock_guard lock(mutex_);
      ++connections_;
    }
    converse(fd.get(), stop);
  }
}

void ScriptedServer::converse(int fd, const std::stop_token& stop) {
  std::string request;
  while (!stop.stop_requested()) {
    if (!is_readable(fd)) continue;
    char bytes[4096];
    const ssize_t count = recv(fd, bytes, sizeof bytes, 0);
    if (count <= 0) return;
    request.append(bytes, static_cast<std::size_t>(count));
    if (request.find("\r\n\r\n") == std::string::npos) continue;
    const auto begin = request.find(' ') + 1;
    const std::string target = request.substr(begin, request.find(' ', begin) - begin);
    request.clear();
    {
      const std::lock_guard lock(mutex_);
      requests_.push_back(target);
    }
    const Script script = answer_(target);
    play(fd, script, stop);
    if (!script.stays_silent && !script.bytes.starts_with("HTTP/1.1 200")) return;
  }
}

void ScriptedServer::play(int fd, const Script& script, const std::stop_token& stop) {
  const std::size_t step = script.pause.count() > 0 ? 1 : script.bytes.size();
  for (std::size_t at = 0; at < script.bytes.size() && !stop.stop_requested(); at += step) {
    const char* from = script.bytes.data() + at;
    if (send(fd, from, step, MSG_NOSIGNAL) < 0) return;
    std::this_thread::sleep_for(script.pause);
  }
}

}  // namespace ttq::test
