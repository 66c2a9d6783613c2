// The other end of sd_notify(3): a socket as a service manager has one, and what it was told.
#pragma once

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <string>

#include "base/unique_fd.h"

namespace ttq::test {

class NotifySocket {
 public:
  /// In a directory that outlives it.
  explicit NotifySocket(const std::filesystem::path& dir) : path_(dir / "notify") {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string name = path_.string().substr(0, sizeof address.sun_path - 1);
    std::memcpy(address.sun_path, name.data(), name.size());
    socket_.reset(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    [[maybe_unused]] const int bound =
        ::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
  }

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

  /// The next message; empty: none came in this time.
  [[nodiscard]] std::string next(std::chrono::milliseconds patience) const {
    pollfd readable{.fd = socket_.get(), .events = POLLIN, .revents = 0};
    if (::poll(&readable, 1, static_cast<int>(patience.count())) != 1) return "";
    std::array<char, 4096> message{};
    const auto size = ::recv(socket_.get(), message.data(), message.size(), 0);
    return {message.data(), static_cast<std::size_t>(std::max<ssize_t>(size, 0))};
  }

  /// The next that begins so; signs of life between are passed over.
  [[nodiscard]] std::string await(std::string_view begin,
                                  std::chrono::milliseconds patience) const {
    const auto deadline = std::chrono::steady_clock::now() + patience;
    while (std::chrono::steady_clock::now() < deadline) {
      std::string message = next(std::chrono::milliseconds(100));
      if (message.starts_with(begin)) return message;
    }
    return "";
  }

 private:
  std::filesystem::path path_;
  UniqueFd socket_;
};

}  // namespace ttq::test
