// What cpp-httplib reads an answer from: a socket that ends by the deadline, whatever drips in, and
// that gives no more than we are willing to read.
//
// The library's own timeout is for each read, so a byte a second would hold it for ever. It puts no
// limit on a line, and matches the first one with std::regex, which recurses once for each
// character of it: a status line of a megabyte would end the process. After "100 Continue" it reads
// another such line; nobody needs that for a GET, so it is refused.
#pragma once

#include <httplib.h>

#include <array>
#include <optional>
#include <string>

#include "ttq/peer.h"

namespace ttq {

inline constexpr std::size_t max_answer_bytes = 8U << 20U;  ///< head and body, as sent
inline constexpr std::size_t max_head_bytes = 64U << 10U;
inline constexpr std::size_t max_line_bytes = 4U << 10U;  ///< in the head

/// Reads the head of one answer and its body. Keeps why it ended early.
class DeadlineStream : public httplib::Stream {
 public:
  DeadlineStream(int fd, Deadline deadline) : fd_(fd), deadline_(deadline) {}

  /// none: all was read that was asked for.
  [[nodiscard]] const std::optional<PeerFailure>& failure() const { return failure_; }

  ssize_t read(char* into, size_t size) override;
  ssize_t write(const char* from, size_t size) override;
  [[nodiscard]] bool is_readable() const override { return true; }
  [[nodiscard]] bool is_writable() const override { return true; }
  void get_remote_ip_and_port(std::string& ip, int& port) const override;
  void get_local_ip_and_port(std::string& ip, int& port) const override;
  [[nodiscard]] socket_t socket() const override { return fd_; }

 private:
  bool fill();
  bool take_head_byte(char byte);
  ssize_t fail(HostState state, std::string_view message);

  int fd_;
  Deadline deadline_;
  std::optional<PeerFailure> failure_;

  std::array<char, 16'384> buffer_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::size_t received_ = 0;

  bool in_head_ = true;
  std::size_t head_bytes_ = 0;
  std::string line_;  // of the head, as far as it has come
};

}  // namespace ttq
