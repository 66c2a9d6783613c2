#include "support/scripted_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
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

bool write_all(Channel& channel, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto step = channel.write(bytes);
    if (step.state != Channel::State::moved) return false;
    bytes.remove_prefix(step.bytes);
  }
  return true;
}

/// Reads what is still coming: to close before would be a reset, which overtakes what was said
/// last.
void see_off(Channel& channel, const std::stop_token& stop) {
  channel.become_plain();
  channel.end_writing();
  std::array<char, 4096> bytes;
  while (!stop.stop_requested()) {
    if (is_readable(channel.fd()) && channel.read(bytes).state != Channel::State::moved) return;
  }
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

ScriptedServer::ScriptedServer(Answer answer, std::shared_ptr<const ServerCredentials> credentials)
    : answer_(std::move(answer)), credentials_(std::move(credentials)) {
  listener_ = listen_on_loopback(address_);
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

std::string ScriptedServer::heard() const {
  const std::lock_guard lock(mutex_);
  return heard_;
}

void ScriptedServer::serve(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    if (!is_readable(listener_.get())) continue;
    UniqueFd fd(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    {
      const std::lock_guard lock(mutex_);
      ++connections_;
    }
    converse(credentials_ ? Channel::of_server(std::move(fd), credentials_).value()
                          : Channel(std::move(fd)),
             stop);
  }
}

/// Its socket blocks: whoever comes is expected to go on, or to go.
void ScriptedServer::converse(Channel channel, const std::stop_token& stop) {
  if (channel.secure().state != Channel::State::moved) return see_off(channel, stop);
  std::string request;
  while (!stop.stop_requested()) {
    if (!is_readable(channel.fd())) continue;
    std::array<char, 16'384> bytes;
    const auto step = channel.read(bytes);
    if (step.state != Channel::State::moved) return;
    request.append(bytes.data(), step.bytes);
    {
      const std::lock_guard lock(mutex_);
      heard_.append(bytes.data(), step.bytes);
    }
    if (request.find("\r\n\r\n") == std::string::npos) continue;
    const auto begin = request.find(' ') + 1;
    const std::string target = request.substr(begin, request.find(' ', begin) - begin);
    request.clear();
    {
      const std::lock_guard lock(mutex_);
      requests_.push_back(target);
    }
    const Script script = answer_(target);
    play(channel, script, stop);
    if (!script.stays_silent && !script.bytes.starts_with("HTTP/1.1 200")) return;
  }
}

void ScriptedServer::play(Channel& channel, const Script& script, const std::stop_token& stop) {
  const std::size_t step = script.pause.count() > 0 ? 1 : script.bytes.size();
  for (std::size_t at = 0; at < script.bytes.size() && !stop.stop_requested(); at += step) {
    if (!write_all(channel, std::string_view(script.bytes).substr(at, step))) return;
    std::this_thread::sleep_for(script.pause);
  }
}

}  // namespace ttq::test
