#include "api/http_exchange.h"

#include <doctest/doctest.h>
#define ZLIB_CONST
#include <zlib.h>

#include "small_world.h"

using namespace ttq;

namespace {

struct Exchange {
  SmallWorld world;
  HttpExchange exchange{world.routes};

  HttpAnswer ask(const std::string& lines) const {
    return exchange.answer(lines + "\r\n", Standing::admitted);
  }
  std::string status(const std::string& lines) const {
    const std::string bytes = ask(lines).bytes;
    return bytes.substr(0, bytes.find("\r\n"));
  }
};

bool contains(const std::string& text, std::string_view piece) {
  return text.find(piece) != std::string::npos;
}

/// zlib's own way back.
std::string unzip(const std::string& bytes) {
  std::string text(8U << 20U, '\0');
  z_stream z{};
  z.next_in = reinterpret_cast<const unsigned char*>(bytes.data());
  z.avail_in = static_cast<unsigned>(bytes.size());
  z.next_out = reinterpret_cast<unsigned char*>(text.data());
  z.avail_out = static_cast<unsigned>(text.size());
  REQUIRE(inflateInit2(&z, 15 + 16) == Z_OK);
  CHECK(inflate(&z, Z_FINISH) == Z_STREAM_END);
  text.resize(z.total_out);
  inflateEnd(&z);
  return text;
}

std::string body_of(const std::string& bytes) { return bytes.substr(bytes.find("\r\n\r\n") + 4); }

}  // namespace

TEST_CASE("a question is answered, and the connection kept") {
  const Exchange http;
  const HttpAnswer answer = http.ask("GET /v1/host HTTP/1.1\r\nHost: x\r\n");
  CHECK(answer.bytes.rfind("HTTP/1.1 200 OK\r\n", 0) == 0);
  CHECK(contains(answer.bytes, "Content-Type: application/json\r\n"));
  CHECK(contains(answer.bytes, "X-Content-Type-Options: nosniff\r\n"));
  CHECK(body_of(answer.bytes) == http.world.get("/v1/host").body);
  CHECK_FALSE(answer.close);
}

TEST_CASE("HEAD is GET without the body") {
  const Exchange http;
  const auto get = http.ask("GET /v1/host HTTP/1.1\r\n").bytes;
  const auto head = http.ask("HEAD /v1/host HTTP/1.1\r\n").bytes;
  CHECK(body_of(head).empty());
  CHECK(head == get.substr(0, head.size()));
}

TEST_CASE("a client that wants to leave is let go, and told so") {
  const Exchange http;
  for (const char* head : {"GET /v1/host HTTP/1.1\r\nConnection: close\r\n",
                           "GET /v1/host HTTP/1.1\r\nconnection: Keep-Alive, Close\r\n",
                           "GET /v1/host HTTP/1.0\r\n"}) {
    CAPTURE(head);
    CHECK(http.ask(head).close);
    CHECK(contains(http.ask(head).bytes, "Connection: close\r\n"));
    CHECK_FALSE(contains(http.ask(head).bytes, "Keep-Alive"));
  }
}

TEST_CASE("only GET and HEAD are allowed") {
  const Exchange http;
  for (const char* method : {"POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT"}) {
    CAPTURE(method);
    const HttpAnswer answer = http.ask(method + std::string(" /v1/host HTTP/1.1\r\n"));
    CHECK(answer.bytes.rfind("HTTP/1.1 405 Method Not Allowed\r\n", 0) == 0);
    CHECK(contains(answer.bytes, "Allow: GET, HEAD\r\n"));
    CHECK(contains(answer.bytes, "\"method_not_allowed\""));
    CHECK(answer.close);
  }
}

TEST_CASE("of questions that read the store, only so many are answered at once") {
  SmallWorld world;
  const HttpExchange exchange(world.routes, 2);
  const auto ask = [&](const char* path) {
    return exchange.answer("GET " + std::string(path) + " HTTP/1.1\r\n\r\n", Standing::admitted);
  };
  HttpAnswer first = ask("/v1/flows");
  const HttpAnswer second = ask("/v1/listeners");
  for (const char* path : {"/v1/host", "/v1/flows", "/v1/listeners"}) {
    CAPTURE(path);
    const HttpAnswer third = ask(path);
    CHECK(third.bytes.rfind("HTTP/1.1 503 Service Unavailable\r\n", 0) == 0);
    CHECK(contains(third.bytes, "\r\nRetry-After: 1\r\n"));
    CHECK(contains(third.bytes, "\"busy\""));
    CHECK_FALSE(third.close);
  }
  for (const char* path : {"/v1/health", "/metrics", "/openapi.json"}) {
    CAPTURE(path);
    CHECK(ask(path).bytes.rfind("HTTP/1.1 200", 0) == 0);
  }
  CHECK(world.routes.refusals().count_of(Refusal::busy) == 3);
  first = {};  // its last byte was sent
  CHECK(ask("/v1/host").bytes.rfind("HTTP/1.1 200", 0) == 0);
  CHECK(ask("/v1/host").bytes.rfind("HTTP/1.1 200", 0) == 0);
}

TEST_CASE("what is no request is 400 and ends the connection") {
  const Exchange http;
  for (const char* head :
       {"", "garbage\r\n", "GET\r\n", "GET /v1/host\r\n", "BREW /v1/host HTTP/1.1\r\n",
        "GET /v1/host HTTP/9.9\r\n", "GET  HTTP/1.1\r\n", "\x16\x03\x01\r\n",
        "GET /%zz HTTP/1.1\r\n", "GET /v1/host HTTP/1.1 x\r\n"}) {
    CAPTURE(head);
    const HttpAnswer answer = http.ask(head);
    CHECK(answer.bytes.rfind("HTTP/1.1 400 Bad Request\r\n", 0) == 0);
    CHECK(contains(answer.bytes, "\"bad_request\""));
    CHECK(answer.close);
  }
}

/// Later versions of the library say "close" after each error, and would have us hang up.
TEST_CASE("who asked for what is not there may ask again") {
  const Exchange http;
  const HttpAnswer answer = http.ask("GET /v1/nothing HTTP/1.1\r\n");
  CHECK(answer.bytes.rfind("HTTP/1.1 404 Not Found\r\n", 0) == 0);
  CHECK_FALSE(contains(answer.bytes, "Connection:"));
  CHECK_FALSE(answer.close);
}

TEST_CASE("ranges, other encodings, expectations and upgrades are not served") {
  const Exchange http;
  const std::string plain = http.ask("GET /v1/host HTTP/1.1\r\n").bytes;
  for (const std::string& header :
       {std::string("Range: bytes=0-0,1-1,2-2"), "rANGE:bytes=" + std::string(8000, '9') + "-",
        std::string("Accept-Encoding: br, deflate"), std::string("Ttq-Wants-Gzip: yes"),
        std::string("Expect: 100-continue"), std::string("Accept: ;q=nonsense"),
        std::string("Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==")}) {
    CHECK(http.ask("GET /v1/host HTTP/1.1\r\n" + header + "\r\n").bytes == plain);
  }
}

TEST_CASE("what is not served does not come in behind a line feed alone") {
  const Exchange http;
  for (const char* header : {"Range: bytes=0-0,1-1", "Expect: 100-continue"}) {
    CAPTURE(header);
    const std::string head = "GET /v1/host HTTP/1.1\r\nX: y\n" + std::string(header) + "\r\n";
    CHECK(http.status(head) == "HTTP/1.1 400 Bad Request");
    CHECK(http.status("\n" + head) == "HTTP/1.1 400 Bad Request");
  }
}

TEST_CASE("an answer of some length is compressed for who accepts that") {
  Exchange http;
  http.world.store.bound.assign(50, {.owner = Owner::nobody(UnknownOwner::exited)});
  const auto ask = [&](const std::string& coding) {
    return http.ask("GET /v1/listeners HTTP/1.1\r\n" + coding).bytes;
  };
  const std::string plain = ask("");
  const std::string zipped = ask("Accept-Encoding: br, gzip\r\n");
  CHECK(contains(plain, "\r\nVary: Accept-Encoding\r\n"));
  CHECK_FALSE(contains(plain, "Content-Encoding"));
  CHECK(contains(zipped, "\r\nVary: Accept-Encoding\r\n"));
  CHECK(contains(zipped, "\r\nContent-Encoding: gzip\r\n"));
  CHECK(unzip(body_of(zipped)) == body_of(plain));
  CHECK(body_of(zipped).size() * 10 < body_of(plain).size());
  CHECK(contains(zipped, "Content-Length: " + std::to_string(body_of(zipped).size()) + "\r\n"));
  CHECK(ask("Accept-Encoding: gzip;q=0\r\n") == plain);
}

TEST_CASE("an answer in pieces is one compressed stream") {
  Exchange http;
  Flow flow{.owner = Owner::nobody(UnknownOwner::exited)};
  http.world.store.page.flows.assign(5000, flow);
  const auto all_of = [&](const std::string& head) {
    HttpAnswer answer =
        http.exchange.answer("GET /v1/flows HTTP/1.0\r\n" + head + "\r\n", Standing::admitted);
    std::string bytes = answer.bytes;
    CHECK(answer.rest);
    while (answer.rest) {
      const HttpPiece piece = HttpExchange::go_on(*answer.rest, answer.is_chunked);
      bytes += piece.bytes;
      if (piece.is_last) answer.rest.reset();
    }
    return body_of(bytes);
  };
  const std::string plain = all_of("");
  const std::string zipped = all_of("Accept-Encoding: gzip\r\n");
  CHECK(unzip(zipped) == plain);
  CHECK(zipped.size() * 10 < plain.size());
}

TEST_CASE("a short answer is not worth compressing") {
  const Exchange http;
  CHECK_FALSE(contains(http.ask("GET /v1/host HTTP/1.1\r\nAccept-Encoding: gzip\r\n").bytes,
                       "Content-Encoding"));
}

TEST_CASE("an exception stops at the library's edge, and its text goes nowhere") {
  SmallWorld world;
  const Routes routes(world.store, {[]() -> Host { throw std::runtime_error("secret"); },
                                    [] { return Health{.ticks = 1}; }, [] { return noon(); }});
  const HttpExchange exchange(routes);
  const auto answer = exchange.answer("GET /v1/host HTTP/1.1\r\n\r\n", Standing::admitted);
  CHECK(answer.bytes.rfind("HTTP/1.1 500", 0) == 0);
  CHECK_FALSE(contains(answer.bytes, "secret"));
}
