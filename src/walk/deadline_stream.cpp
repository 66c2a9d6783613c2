#include "walk/deadline_stream.h"

#include <poll.h>

#include <algorithm>
#include <cerrno>

#include "walk/connect.h"

namespace ttq {

ssize_t DeadlineStream::fail(HostState state, std::string_view message) {
  if (!failure_) failure_ = {state, std::string(message)};
  return -1;
}

/// Waits for more. false: there is none, and why is in failure_ if it ought to have come.
bool DeadlineStream::fill() {
  for (;;) {
    if (!wait_for(fd_, POLLIN, deadline_)) {
      fail(HostState::timeout, "no answer in time");
      return false;
    }
    const ssize_t count = ::recv(fd_, buffer_.data(), buffer_.size(), 0);
    if (count < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (count < 0) fail(HostState::unreachable, "the connection broke off");
    if (count == 0 && received_ == 0) {
      fail(HostState::unreachable, "the connection was closed without an answer");
    }
    if (count <= 0) return false;
    begin_ = 0;
    end_ = static_cast<std::size_t>(count);
    received_ += end_;
    if (received_ <= max_answer_bytes) return true;
    fail(HostState::untrusted, "the answer is over 8 MiB");
    return false;
  }
}

/// Lets no line through that the library could choke on.
bool DeadlineStream::take_head_byte(char byte) {
  line_ += byte;
  ++head_bytes_;
  if (line_.size() > max_line_bytes || head_bytes_ > max_head_bytes) return false;
  if (byte != '\n') return true;
  const bool is_first = head_bytes_ == line_.size();
  if (is_first && (!line_.starts_with("HTTP/1.") || line_.size() < 10 || line_[9] == '1')) {
    return false;
  }
  in_head_ = line_ != "\r\n" && line_ != "\n";
  line_.clear();
  return true;
}

/// The library reads the head byte by byte.
ssize_t DeadlineStream::read(char* into, size_t size) {
  if (failure_) return -1;
  if (begin_ == end_ && !fill()) return failure_ ? -1 : 0;
  std::size_t count = std::min(size, end_ - begin_);
  if (in_head_) count = std::min<std::size_t>(count, 1);
  std::copy_n(buffer_.data() + begin_, count, into);
  begin_ += count;
  if (in_head_ && count == 1 && !take_head_byte(*into)) {
    return fail(HostState::untrusted, "the answer is not HTTP");
  }
  return static_cast<ssize_t>(count);
}

ssize_t DeadlineStream::write(const char* from, size_t size) {
  for (;;) {
    const ssize_t count = ::send(fd_, from, size, MSG_NOSIGNAL);
    if (count >= 0) return count;
    if (errno == EINTR) continue;
    if (errno != EAGAIN) return fail(HostState::unreachable, "the connection broke off");
    if (!wait_for(fd_, POLLOUT, deadline_)) return fail(HostState::timeout, "no answer in time");
  }
}

void DeadlineStream::get_remote_ip_and_port(std::string& ip, int& port) const {
  ip.clear();
  port = 0;
}

void DeadlineStream::get_local_ip_and_port(std::string& ip, int& port) const {
  ip.clear();
  port = 0;
}

}  // namespace ttq
