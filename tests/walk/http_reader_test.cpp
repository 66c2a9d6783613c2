#include "walk/http_reader.h"

#include <doctest/doctest.h>

#include <vector>

using namespace ttq;

namespace {

/// What the reader makes of an answer that comes in pieces of this size, and then ends.
std::string read(const std::string& answer, std::size_t piece = 1) {
  HttpReader reader;
  for (std::size_t at = 0; at < answer.size() && !reader.is_done(); at += piece) {
    reader.add(std::string_view(answer).substr(at, piece));
  }
  reader.end();
  if (reader.failure()) return "! " + reader.failure()->message;
  const HttpBody body = reader.take_body();
  return (body.is_gzip ? "gzip " : "") + body.bytes;
}

constexpr auto ok = "HTTP/1.1 200 OK\r\n";

}  // namespace

TEST_CASE("a body is as long as its head says, comes in chunks, or lasts until the end") {
  const std::string counted = std::string(ok) + "content-LENGTH: 5\r\nX: y\r\n\r\nhello, and more";
  const std::string chunked = std::string(ok) +
                              "Transfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2;x=y\r\nlo\r\n"
                              "0\r\nTrailer: z\r\n\r\nmore";
  const std::string closed = "HTTP/1.0 200 OK\r\n\r\nhello";
  for (const std::size_t piece : {1U, 2U, 3U, 7U, 1000U}) {
    CAPTURE(piece);
    CHECK(read(counted, piece) == "hello");
    CHECK(read(chunked, piece) == "hello");
    CHECK(read(closed, piece) == "hello");
  }
}

TEST_CASE("an answer is done when its body is, and says whether another may follow") {
  HttpReader reader;
  reader.add(std::string(ok) + "Content-Length: 2\r\n\r\n{");
  CHECK_FALSE(reader.is_done());
  reader.add("}");
  CHECK(reader.is_done());
  CHECK_FALSE(reader.closes());
  HttpReader last;
  last.add(std::string(ok) + "Connection: close\r\nContent-Length: 0\r\n\r\n");
  CHECK(last.is_done());
  CHECK(last.closes());
}

TEST_CASE("who is busy says when to ask again, and nobody else can") {
  const auto retry_after = [](const std::string& status, const std::string& when) {
    HttpReader reader;
    reader.add("HTTP/1.1 " + status + "\r\nRetry-After: " + when + "\r\n\r\n");
    CHECK(reader.is_done() == (status != "200 OK"));
    return reader.retry_after();
  };
  CHECK(retry_after("503 Busy", "7") == std::chrono::seconds(7));
  CHECK_FALSE(retry_after("503 Busy", "Fri, 31 Dec 2027 23:59:59 GMT"));
  CHECK_FALSE(retry_after("503 Busy", "-1"));
  CHECK_FALSE(retry_after("503 Busy", "99999999999999999999"));
  CHECK_FALSE(retry_after("200 OK", "7"));
  CHECK_FALSE(retry_after("302 Found", "7"));
}

TEST_CASE("a coding that was asked for is told, another is refused") {
  CHECK(read(std::string(ok) + "Content-Encoding: gzip\r\nContent-Length: 1\r\n\r\nx") == "gzip x");
  for (const char* header : {"Content-Encoding: br", "Transfer-Encoding: gzip, chunked"}) {
    CHECK(read(std::string(ok) + header + "\r\n\r\n") ==
          "! the answer is in a coding that nobody asked for");
  }
}

TEST_CASE("what is cut off is not whole, and what is nothing was closed") {
  const std::string whole = std::string(ok) + "Content-Length: 2\r\n\r\n{}";
  for (std::size_t length = 1; length < whole.size(); ++length) {
    CHECK(read(whole.substr(0, length)) == "! the answer is not whole, or not HTTP");
  }
  CHECK(read("") == "! the connection was closed without an answer");
  CHECK(read(std::string(ok) + "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n") ==
        "! the answer is not whole, or not HTTP");
}

TEST_CASE("what is no HTTP is refused at its first line that is none") {
  const std::vector<std::string> answers{
      "HTTP/2 200\r\n",
      "HTTP/1.1 2000\r\n",
      "HTTP/1.1\r\n",
      "HTTP/1.1 abc OK\r\n",
      "HTTP/1.1 101 Switching Protocols\r\n",
      std::string(ok) + "no colon\r\n",
      std::string(ok) + "Content-Length: -1\r\n",
      std::string(ok) + "Content-Length: 1, 1\r\n",
      std::string(ok) + "Transfer-Encoding: chunked\r\n\r\nx\r\n",
      std::string(ok) + "Transfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n"};
  for (const std::string& answer : answers) {
    CAPTURE(answer);
    CHECK(read(answer + "\r\nmore") == "! the answer is not HTTP");
  }
}

TEST_CASE("nobody is waited for who announces more than we are willing to read") {
  HttpReader reader;
  reader.add(std::string(ok) + "Content-Length: 99999999\r\n\r\n");
  REQUIRE(reader.is_done());
  CHECK(reader.failure()->message == "the answer is over 8 MiB");
  HttpReader chunks;
  chunks.add(std::string(ok) + "Transfer-Encoding: chunked\r\n\r\nffffffff\r\n");
  CHECK(chunks.failure()->message == "the answer is over 8 MiB");
}
