#include "walk/http_reader.h"

#include <strings.h>

#include <algorithm>

#include "base/text.h"

namespace ttq {
namespace {

bool is_word(std::string_view text, std::string_view word) {
  return text.size() == word.size() && strncasecmp(text.data(), word.data(), word.size()) == 0;
}

}  // namespace

void HttpReader::fail(std::string_view message, HostState state) {
  failure_ = {state, std::string(message)};
  part_ = Part::done;
}

void HttpReader::add(std::string_view bytes) {
  received_ += bytes.size();
  while (!bytes.empty() && !is_done()) bytes.remove_prefix(take(bytes));
  if (received_ > max_answer_bytes && !failure_) fail("the answer is over 8 MiB");
}

void HttpReader::end() {
  if (is_done()) return;
  if (part_ == Part::until_close) {
    part_ = Part::done;
  } else if (received_ == 0) {
    fail("the connection was closed without an answer", HostState::unreachable);
  } else {
    fail("the answer is not whole, or not HTTP");
  }
}

std::size_t HttpReader::take(std::string_view bytes) {
  switch (part_) {
    case Part::counted:
    case Part::chunk:
      return take_counted(bytes);
    case Part::until_close:
      body_.bytes += bytes;
      return bytes.size();
    default:
      return take_line(bytes);
  }
}

std::size_t HttpReader::take_line(std::string_view bytes) {
  const auto end = bytes.find('\n');
  const auto count = end == std::string_view::npos ? bytes.size() : end + 1;
  line_.append(bytes.substr(0, std::min(count, max_line_bytes + 1 - line_.size())));
  head_bytes_ += count;
  const bool in_head = part_ == Part::status || part_ == Part::headers || part_ == Part::trailers;
  if (line_.size() > max_line_bytes || (in_head && head_bytes_ > max_head_bytes)) {
    fail("the answer is not HTTP");
  } else if (end != std::string_view::npos) {
    read_line();
    line_.clear();
  }
  return count;
}

std::size_t HttpReader::take_counted(std::string_view bytes) {
  const auto count = std::min(left_, bytes.size());
  body_.bytes += bytes.substr(0, count);
  left_ -= count;
  if (left_ == 0) part_ = part_ == Part::chunk ? Part::chunk_end : Part::done;
  return count;
}

/// REQUIRES: line_ ends with a line feed.
void HttpReader::read_line() {
  const bool empty = trim(line_).empty();
  switch (part_) {
    case Part::status:
      return read_status();
    case Part::headers:
      return empty ? begin_body() : read_header();
    case Part::chunk_size:
      return read_chunk_size();
    case Part::chunk_end:
      part_ = Part::chunk_size;
      return empty ? void() : fail("the answer is not HTTP");
    case Part::trailers:
      if (empty) part_ = Part::done;
      return;
    default:
      return;
  }
}

void HttpReader::read_status() {
  const std::string_view line(line_);
  const bool is_http = line.size() > 12 && line.starts_with("HTTP/1.") && line[8] == ' ' &&
                       (line[12] == ' ' || line[12] == '\r' || line[12] == '\n');
  const unsigned status = is_http ? parse_integer<unsigned>(line.substr(9, 3)).value_or(0) : 0;
  if (status < 200) return fail("the answer is not HTTP");
  part_ = Part::headers;
  is_busy_ = status == 503;
  if (status == 200 || is_busy_) return;
  const std::string spelled = "HTTP " + std::to_string(status);
  if (status == 426) return fail("it speaks TLS alone (" + spelled + ")", HostState::denied);
  if (status == 401) return fail("it does not know our token (" + spelled + ")", HostState::denied);
  if (status == 403) {
    return fail("it tells us no more than it tells strangers (" + spelled + ")", HostState::denied);
  }
  fail(spelled + " in place of a report");
}

void HttpReader::read_header() {
  const std::string_view line(line_);
  const auto colon = line.find(':');
  if (colon == std::string_view::npos) return fail("the answer is not HTTP");
  const auto name = line.substr(0, colon);
  const auto value = trim(line.substr(colon + 1));
  if (is_word(name, "content-length")) {
    length_ = parse_integer<std::size_t>(value);
    if (!length_) fail("the answer is not HTTP");
  } else if (is_word(name, "retry-after") && is_busy_) {
    const auto seconds = parse_integer<std::uint16_t>(value);
    if (seconds) retry_after_ = std::chrono::seconds(*seconds);
  } else if (is_word(name, "transfer-encoding")) {
    chunked_ = is_word(value, "chunked");
    if (!chunked_) fail("the answer is in a coding that nobody asked for");
  } else if (is_word(name, "content-encoding")) {
    body_.is_gzip = is_word(value, "gzip");
    if (!body_.is_gzip) fail("the answer is in a coding that nobody asked for");
  } else if (is_word(name, "connection")) {
    closes_ = is_word(value, "close");
  }
}

/// RFC 9112 6.3: where both are there, chunks count.
void HttpReader::begin_body() {
  if (is_busy_) {
    fail("HTTP 503 in place of a report");
  } else if (chunked_) {
    part_ = Part::chunk_size;
  } else if (length_) {
    count_on(length_, Part::counted);
    if (length_ == 0U) part_ = Part::done;
  } else {
    part_ = Part::until_close;
    closes_ = true;
  }
}

void HttpReader::read_chunk_size() {
  const auto spelled = trim(std::string_view(line_).substr(0, line_.find(';')));
  const auto size = parse_integer<std::size_t>(spelled, 16);
  count_on(size, Part::chunk);
  if (size == 0U) part_ = Part::trailers;
}

void HttpReader::count_on(std::optional<std::size_t> bytes, Part part) {
  if (!bytes) return fail("the answer is not HTTP");
  if (*bytes > max_answer_bytes - std::min(body_.bytes.size(), max_answer_bytes)) {
    return fail("the answer is over 8 MiB");
  }
  left_ = *bytes;
  part_ = part;
}

}  // namespace ttq
