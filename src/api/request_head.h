// The head of a request, measured and held against the grammar as it comes, before anybody parses
// it (RFC 9112, sections 2 to 5).
//
//   head         = *1CRLF request-line CRLF *( header CRLF ) CRLF
//   request-line = method SP target SP "HTTP/1." ("0" / "1")
//   header       = name ":" value
//
// Requests are smuggled where two readers of one byte stream disagree about where a request ends.
// So what readers are known to disagree about is refused here, however harmless it looks: a line
// feed alone, a carriage return alone, a folded line, a blank before the colon, a NUL, two hosts,
// and whatever says that a body follows, since a question has none. The library would not do for
// that: it leaves out headers without a value. A head that can become no request is refused as soon
// as that shows, and not once it is whole; of HTTP/2 and TLS that is their first line. Bytes above
// 0x7F are let through: people type names after curl.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace ttq {

struct HeadLimits {
  std::size_t line_bytes = 4096;    ///< request line; our longest question has some 600
  std::size_t header_bytes = 8192;  ///< all headers; what a browser with many cookies sends
  std::size_t header_lines = 64;    ///< a browser sends about 20
};

/// Why no request can be read here.
struct HeadFault {
  int status = 400;
  std::string_view code;
  std::string_view message;
};

class RequestHead {
 public:
  explicit RequestHead(const HeadLimits& limits) : limits_(limits) {}

  /// `input` begins with what it was at the call before; only what is new is looked at.
  void look_at(std::string_view input);

  /// Where it begins and ends, once it is whole.
  [[nodiscard]] std::size_t begin() const { return begin_; }
  [[nodiscard]] std::optional<std::size_t> end() const { return end_; }
  [[nodiscard]] const std::optional<HeadFault>& fault() const { return fault_; }

 private:
  void look_at_line(std::string_view line);
  void look_at_header(std::string_view line);
  void finish(std::size_t end);
  void look_at_part(std::string_view part, std::size_t looked_at);
  void measure(std::size_t end);
  void fail(int status, std::string_view code, std::string_view message);

  HeadLimits limits_;
  std::size_t looked_at_ = 0;
  std::size_t line_begin_ = 0;    ///< of the line that is not whole yet
  std::size_t first_header_ = 0;  ///< 0: the request line is not whole yet
  std::size_t lines_ = 0;         ///< headers
  std::size_t begin_ = 0;         ///< behind the empty line that may come first
  bool is_question_ = false;      ///< GET or HEAD; what else there is, is not allowed anyway
  std::size_t hosts_ = 0;
  std::size_t lengths_ = 0;
  bool has_body_ = false;
  std::optional<std::size_t> end_;
  std::optional<HeadFault> fault_;
};

}  // namespace ttq
