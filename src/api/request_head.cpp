#include "api/request_head.h"

#include <strings.h>

#include <algorithm>

#include "base/text.h"

namespace ttq {
namespace {

constexpr std::string_view not_http = "this is not a request of HTTP/1.1";

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }

/// RFC 9110 5.6.2.
bool is_token(std::string_view text) {
  constexpr std::string_view allowed =
      "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  return !text.empty() && text.find_first_not_of(allowed) == text.npos;
}

bool is_version(std::string_view text) { return text == "HTTP/1.1" || text == "HTTP/1.0"; }

bool is_request_line(std::string_view line) {
  const auto method = line.substr(0, line.find(' '));
  if (!is_token(method) || method.size() == line.size()) return false;
  line.remove_prefix(method.size() + 1);
  const auto target = line.substr(0, line.find(' '));
  if (target.empty() || target.size() == line.size()) return false;
  return std::none_of(target.begin(), target.end(), is_control) &&
         is_version(line.substr(target.size() + 1));
}

bool is_word(std::string_view text, std::string_view word) {
  return text.size() == word.size() && strncasecmp(text.data(), word.data(), word.size()) == 0;
}

bool is_foul(char c) { return is_control(c) && c != '\t'; }

/// A folded line begins with a blank, which no name does.
bool is_header(std::string_view line) {
  const auto colon = line.find(':');
  if (colon == line.npos || !is_token(line.substr(0, colon))) return false;
  return std::none_of(line.begin(), line.end(), is_foul);
}

}  // namespace

void RequestHead::fail(int status, std::string_view code, std::string_view message) {
  fault_ = HeadFault{status, code, message};
}

void RequestHead::look_at(std::string_view input) {
  while (!end_ && !fault_) {
    const auto feed = input.find('\n', looked_at_);
    if (feed == input.npos) break;
    measure(feed + 1);
    if (!fault_) look_at_line(input.substr(line_begin_, feed + 1 - line_begin_));
    looked_at_ = line_begin_ = feed + 1;
  }
  if (end_ || fault_) return;
  measure(input.size());
  if (!fault_) look_at_part(input.substr(line_begin_), looked_at_ - line_begin_);
  looked_at_ = input.size();
}

/// The head reaches to `end` at least.
void RequestHead::measure(std::size_t end) {
  if (first_header_ == 0 && end - line_begin_ > limits_.line_bytes) {
    fail(414, "uri_too_long", "the request line is over the limit");
  } else if (first_header_ != 0 && end - first_header_ > limits_.header_bytes) {
    fail(431, "header_too_large", "the headers are over the limit");
  }
}

void RequestHead::look_at_line(std::string_view line) {
  if (!line.ends_with("\r\n")) return fail(400, "bad_request", not_http);
  line.remove_suffix(2);
  const auto next = line_begin_ + line.size() + 2;
  if (first_header_ != 0) {
    line.empty() ? finish(next) : look_at_header(line);
  } else if (line.empty() && begin_ == 0) {
    begin_ = next;  // RFC 9112 2.2: clients of old sent one after a body
  } else if (is_request_line(line)) {
    first_header_ = next;
    is_question_ = line.starts_with("GET ") || line.starts_with("HEAD ");
  } else {
    fail(400, "bad_request", not_http);
  }
}

void RequestHead::look_at_header(std::string_view line) {
  if (++lines_ > limits_.header_lines) {
    return fail(431, "header_too_large", "there are more headers than allowed");
  }
  if (!is_header(line)) return fail(400, "bad_request", "a header is not well-formed");
  const auto colon = line.find(':');
  const auto name = line.substr(0, colon);
  if (is_word(name, "host")) ++hosts_;
  if (is_word(name, "content-length")) {
    ++lengths_;
    has_body_ |= trim(line.substr(colon + 1)) != "0";
  }
  has_body_ |= is_word(name, "transfer-encoding");
}

/// RFC 9112 3.2 and 6.3. That there is a host at all is not insisted upon: we are one, whatever it
/// is called. Of a length that comes twice nobody can say which is meant.
void RequestHead::finish(std::size_t end) {
  if (is_question_ && hosts_ > 1) return fail(400, "bad_request", "which host is meant?");
  if (is_question_ && (has_body_ || lengths_ > 1)) {
    return fail(400, "bad_request", "a question has no body");
  }
  end_ = end;
}

/// A line that is not whole: its end may be missing, or half of that, which is looked at again once
/// it shows what comes behind it.
void RequestHead::look_at_part(std::string_view part, std::size_t looked_at) {
  const auto fresh = part.substr(std::min(std::max<std::size_t>(looked_at, 1) - 1, part.size()));
  const bool is_foul_before_end = std::any_of(fresh.begin(), fresh.end(), [&](const char& c) {
    return is_foul(c) && !(c == '\r' && &c == &fresh.back());
  });
  if (is_foul_before_end) fail(400, "bad_request", not_http);
}

}  // namespace ttq
