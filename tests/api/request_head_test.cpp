#include "api/request_head.h"

#include <doctest/doctest.h>

#include <string>

using namespace ttq;

namespace {

constexpr HeadLimits limits;

/// "end N", "STATUS" or "more".
std::string verdict(const RequestHead& head) {
  if (head.fault()) return std::to_string(head.fault()->status);
  return head.end() ? "end " + std::to_string(*head.end()) : "more";
}

std::string look_at(const std::string& input) {
  RequestHead head(limits);
  head.look_at(input);
  const std::string at_once = verdict(head);
  RequestHead slow(limits);
  for (std::size_t i = 1; i <= input.size(); ++i) slow.look_at(input.substr(0, i));
  CHECK(verdict(slow) == at_once);  // however it comes
  return at_once;
}

std::string repeat(const std::string& text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all += text;
  return all;
}

}  // namespace

TEST_CASE("a head ends with an empty line, and what follows is another's") {
  CHECK(look_at("GET / HTTP/1.1\r\n\r\n") == "end 18");
  CHECK(look_at("GET / HTTP/1.0\r\nA: b\r\nC:\r\nD: \t e, f\r\n\r\n") == "end 39");
  CHECK(look_at("GET / HTTP/1.1\r\n\r\nGET / HTTP/1.1\r\n\r\n") == "end 18");
  CHECK(look_at("GET / HTTP/1.1\r\n\r\n\x16\x03\x01") == "end 18");
  CHECK(look_at("GET /?name=\xC3\xBC HTTP/1.1\r\nA: \xFF\r\n\r\n") == "end 32");
  CHECK(look_at("GET / HTTP/1.1\r\nA: b\r\n\r") == "more");
  CHECK(look_at("") == "more");
}

TEST_CASE("one empty line before a request is let pass, and no second one") {
  CHECK(look_at("\r\nGET / HTTP/1.1\r\n\r\n") == "end 20");
  RequestHead head(limits);
  head.look_at("\r\nGET / HTTP/1.1\r\n\r\n");
  CHECK(head.begin() == 2);
  CHECK(look_at("\r\n\r\n") == "400");
}

TEST_CASE("what two readers would understand differently is refused") {
  const std::string line = "GET / HTTP/1.1\r\n";
  for (const std::string& head :
       {line + "A: b\n\r\n", line + "A: b\r\n\n", std::string("GET / HTTP/1.1\n\r\n"),
        line + "A: b\rC: d\r\n\r\n", line + "A: b\r\n c\r\n\r\n", line + "A: b\r\n\tc\r\n\r\n",
        line + " A: b\r\n\r\n", line + "A : b\r\n\r\n", line + "A\t: b\r\n\r\n",
        line + std::string("A: b\0c\r\n\r\n", 11), line + std::string("A\0: b\r\n\r\n", 9),
        line + ": b\r\n\r\n", line + "A\r\n\r\n", line + "A: \x7F\r\n\r\n",
        line + "A: \x1B[2J\r\n\r\n", line + "Transfer-Encoding\v: chunked\r\n\r\n",
        line + "\xC3\xBC: b\r\n\r\n"}) {
    CAPTURE(head);
    CHECK(look_at(head) == "400");
  }
}

TEST_CASE("a question has no body, and nothing that says so in two ways") {
  for (const std::string& method : {std::string("GET"), std::string("HEAD")}) {
    const std::string line = method + " / HTTP/1.1\r\n";
    for (const char* header :
         {"Content-Length: 5", "content-length:x", "Content-Length: -1", "Content-Length: +0",
          "Content-Length:", "Content-Length: 0, 0", "Content-Length: 0\r\nContent-Length: 0",
          "Transfer-Encoding: chunked", "TRANSFER-ENCODING:", "Transfer-Encoding: identity",
          "Content-Length: 0\r\nTransfer-Encoding: x", "Host: a\r\nHost: a"}) {
      CAPTURE(header);
      CHECK(look_at(line + header + "\r\n\r\n") == "400");
    }
    CHECK(look_at(line + "Content-Length: \t0 \r\nHost: a\r\n\r\n").starts_with("end"));
  }
}

TEST_CASE("what is no request line of HTTP/1.1 is refused with its first line") {
  for (const std::string& head :
       {std::string("GET /\r\n"), std::string("GET\r\n"), std::string("GET / HTTP/2.0\r\n"),
        std::string("GET / HTTP/0.9\r\n"), std::string("GET / HTTP/1.2\r\n"),
        std::string("GET / http/1.1\r\n"), std::string("GET / HTTP/1.1 \r\n"),
        std::string("GET  / HTTP/1.1\r\n"), std::string("GET /  HTTP/1.1\r\n"),
        std::string("GET\t/\tHTTP/1.1\r\n"), std::string(" GET / HTTP/1.1\r\n"),
        std::string("GET /a b HTTP/1.1\r\n"), std::string("PRI * HTTP/2.0\r\n"),
        std::string("G(T / HTTP/1.1\r\n"), std::string("GET /\x7F HTTP/1.1\r\n"),
        std::string("GET /\0 HTTP/1.1\r\n", 17), std::string(" HTTP/1.1\r\n")}) {
    CAPTURE(head);
    CHECK(look_at(head) == "400");
  }
}

TEST_CASE("what can become no request is not waited for") {
  CHECK(look_at("\x16\x03\x01\x02") == "400");  // TLS
  CHECK(look_at(std::string("\0\0\0", 3)) == "400");
  CHECK(look_at("GET /\x01") == "400");
  CHECK(look_at("GET / HTTP/1.1\r\nA: \x02") == "400");
  CHECK(look_at("\r\n\rContent-Length: 1") == "400");
}

TEST_CASE("a request line of 4 KiB is taken, and not a byte more, whether it ends or not") {
  const auto line = [](std::size_t bytes) {
    const std::string rest = " HTTP/1.1\r\n";
    return "GET /" + std::string(bytes - 5 - rest.size(), 'a') + rest;
  };
  CHECK(look_at(line(4096) + "\r\n") == "end 4098");
  CHECK(look_at(line(4097)) == "414");
  CHECK(look_at("GET /" + std::string(4091, 'a')) == "more");
  CHECK(look_at("GET /" + std::string(4092, 'a')) == "414");
  CHECK(look_at(std::string(4097, 'G')) == "414");
}

TEST_CASE("headers of 8 KiB are taken, and not a byte more, whether they end or not") {
  const std::string line = "GET / HTTP/1.1\r\n";
  CHECK(look_at(line + "A:" + std::string(8186, 'a') + "\r\n\r\n") == "end 8208");
  CHECK(look_at(line + "A:" + std::string(8187, 'a') + "\r\n\r\n") == "431");
  CHECK(look_at(line + "A:" + std::string(8191, 'a')) == "431");
  CHECK(look_at(line + repeat("A: " + std::string(1000, 'a') + "\r\n", 9)) == "431");
}

TEST_CASE("64 headers are taken, and no more") {
  const std::string line = "GET / HTTP/1.1\r\n";
  CHECK(look_at(line + repeat("A: b\r\n", 64) + "\r\n") == "end 402");
  CHECK(look_at(line + repeat("A: b\r\n", 65)) == "431");
}
