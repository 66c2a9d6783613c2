// What cpp-httplib reads a request from and writes its answer to: memory, where nothing waits.
//
// The library gives its Stream no promise that lasts. Up to 0.18 a stream is asked is_writable(),
// by 0.41 to wait until it is; and from some version between on, for how long it has stood. What is
// at hand is asked of the class itself: its version is a string, of which a compiler cannot tell
// more or less, and a distribution may have patched it.
#pragma once

#include <httplib.h>
#include <sys/types.h>

#include <cstddef>
#include <ctime>
#include <string>
#include <string_view>

namespace ttq {

/// `Stream` with its duration answered, where it is asked for one.
template <class Stream>
class TimelessStream : public Stream {};

template <class Stream>
requires requires(const Stream& stream) { stream.duration(); }
class TimelessStream<Stream> : public Stream {
 public:
  time_t duration() const override { return 0; }  // in milliseconds
};

/// `Stream` that is always ready, in whichever way it is asked.
template <class Stream>
class ReadyStream : public Stream {
 public:
  bool wait_readable() const override { return this->is_readable(); }
  bool wait_writable() const override { return true; }
};

template <class Stream>
requires requires(const Stream& stream) { stream.is_writable(); }
class ReadyStream<Stream> : public Stream {
 public:
  bool is_writable() const override { return true; }
};

template <class Stream>
using InstantStream = ReadyStream<TimelessStream<Stream>>;

/// The request on one side, the answer on the other.
class MemoryStream : public InstantStream<httplib::Stream> {
 public:
  /// `input` has to outlive this.
  explicit MemoryStream(std::string_view input) : input_(input) {}

  bool is_readable() const override { return !input_.empty(); }
  ssize_t read(char* to, std::size_t size) override {
    const auto taken = input_.copy(to, size);
    input_.remove_prefix(taken);
    return static_cast<ssize_t>(taken);
  }
  ssize_t write(const char* from, std::size_t size) override {
    output.append(from, size);
    return static_cast<ssize_t>(size);
  }
  void get_remote_ip_and_port(std::string&, int&) const override {}
  void get_local_ip_and_port(std::string&, int&) const override {}
  /// The library compares it with FD_SETSIZE, and nothing else.
  socket_t socket() const override { return INVALID_SOCKET; }

  std::string output;

 private:
  std::string_view input_;
};

}  // namespace ttq
