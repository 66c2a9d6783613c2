// Reads one HTTP answer as it comes, from a stranger (RFC 9112, as much of it as a client needs
// that asks with GET).
//
//   status line CRLF, headers CRLF each, CRLF, then the body: Content-Length bytes, or chunks, or
//   all until the connection closes
//
// What a stranger can use up is bounded here: the head, its lines, and the whole of the answer. How
// long he may take is for the caller. After "100 Continue" there would be another head; nobody
// needs that for a GET, so it is refused. Of headers only those are looked at that say how the body
// ends and how it is coded.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "ttq/peer.h"

namespace ttq {

inline constexpr std::size_t max_answer_bytes = 8U << 20U;  ///< head and body, as sent
inline constexpr std::size_t max_head_bytes = 64U << 10U;
inline constexpr std::size_t max_line_bytes = 4U << 10U;  ///< in the head, and before a chunk

/// An answer's body, as it was sent.
struct HttpBody {
  std::string bytes;
  bool is_gzip = false;
};

class HttpReader {
 public:
  /// More of the answer has come. What follows the answer is dropped: nobody asked for it.
  void add(std::string_view bytes);
  /// The connection has closed.
  void end();

  /// No more is needed: there is a body or a failure.
  [[nodiscard]] bool is_done() const { return part_ == Part::done; }
  [[nodiscard]] const std::optional<PeerFailure>& failure() const { return failure_; }
  /// The host is busy (503), and says when to ask again; beside a failure().
  [[nodiscard]] std::optional<std::chrono::seconds> retry_after() const { return retry_after_; }
  [[nodiscard]] bool closes() const { return closes_; }  ///< no other may follow it
  [[nodiscard]] std::size_t buffered() const { return body_.bytes.size(); }
  [[nodiscard]] bool has_begun() const { return received_ > 0; }

  /// REQUIRES: is_done(), and no failure().
  HttpBody take_body() { return std::move(body_); }

 private:
  enum class Part {
    status,
    headers,
    counted,
    until_close,
    chunk_size,
    chunk,
    chunk_end,
    trailers,
    done
  };

  void fail(std::string_view message, HostState state = HostState::untrusted);
  std::size_t take(std::string_view bytes);
  std::size_t take_line(std::string_view bytes);
  std::size_t take_counted(std::string_view bytes);
  void read_line();
  void read_status();
  void read_header();
  void read_chunk_size();
  void begin_body();
  void count_on(std::optional<std::size_t> bytes, Part part);

  Part part_ = Part::status;
  std::optional<PeerFailure> failure_;
  bool is_busy_ = false;
  std::optional<std::chrono::seconds> retry_after_;
  std::size_t received_ = 0;
  std::size_t head_bytes_ = 0;
  std::string line_;  // as far as it has come
  std::optional<std::size_t> length_;
  bool chunked_ = false;
  bool closes_ = false;
  std::size_t left_ = 0;  // of the body or the chunk
  HttpBody body_;
};

}  // namespace ttq
