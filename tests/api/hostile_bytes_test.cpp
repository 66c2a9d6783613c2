// Requests that are none, or that two readers could understand differently. One clear answer to
// each, and the end of the connection, so that nothing behind it is taken for a request.
#include <doctest/doctest.h>

#include "stranger.h"

using namespace ttq;

namespace {

constexpr std::string_view smuggled = "GET /v1/health HTTP/1.1\r\nHost: smuggled\r\n\r\n";

std::size_t count(const std::string& text, std::string_view piece) {
  std::size_t found = 0;
  for (auto at = text.find(piece); at != text.npos; at = text.find(piece, at + 1)) ++found;
  return found;
}

/// "STATUS", and "SERVED" where what was smuggled was answered as well.
std::string fate(const Serving& serving, const std::string& bytes) {
  Client client(serving.address);
  client.send(bytes + std::string(smuggled));
  const std::string answer = client.read_to_end();
  CHECK(count(answer, "[time out]") == 0);
  CHECK(count(answer, "[reset]") == 0);
  CHECK(count(answer, "\r\nConnection: close\r\n") == 1);
  return answer.substr(0, 13).substr(9) + (count(answer, "HTTP/1.1 ") > 1 ? "SERVED" : "");
}

const std::string line = "GET /v1/host HTTP/1.1\r\nHost: x\r\n";
const std::string post = "POST /v1/host HTTP/1.1\r\nHost: x\r\n";

}  // namespace

TEST_CASE(
    "a request that two readers could understand differently is 400, and nothing follows it") {
  const Serving serving;
  for (const std::string& bytes :
       {line + "Content-Length: 0\n\r\n", line + "X: y\n\n", std::string("GET / HTTP/1.1\n\n"),
        line + "X: y\r\n folded\r\n\r\n", line + "Content-Length : 5\r\n\r\n",
        line + std::string("X: \0\r\n\r\n", 8), line + "X: y\rContent-Length: 5\r\n\r\n",
        line + "Content-Length: 0\r\nContent-Length: 44\r\n\r\n",
        line + "Content-Length: 0\r\nContent-Length: 0\r\n\r\n",
        line + "Content-Length: 44\r\n\r\n", line + "Content-Length: -1\r\n\r\n",
        line + "Content-Length: 99999999999999999999\r\n\r\n",
        line + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        line + "Transfer-Encoding: chunked\r\n\r\n-1\r\n\r\n",
        line + "Transfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFF\r\n\r\n",
        line + "Transfer-Encoding: xchunked\r\nContent-Length: 0\r\n\r\n",
        line + "Transfer-Encoding:\r\n\r\n", line + "Host: y\r\n\r\n",
        line + "Expect: 100-continue\r\nContent-Length: 5\r\n\r\n"}) {
    CAPTURE(bytes);
    CHECK(fate(serving, bytes) == "400 ");
  }
}

TEST_CASE("what is no HTTP/1.1 is 400 at once") {
  const Serving serving;
  for (const std::string& bytes :
       {std::string("GET /v1/host\r\n"), std::string("GET /v1/host HTTP/0.9\r\n\r\n"),
        std::string("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
        std::string("\x16\x03\x01\x02\x05\x01\x05"), std::string("SSH-2.0-OpenSSH_9.2\r\n"),
        std::string("GET /v1/host HTTP/3.0\r\n\r\n"), std::string("GET * HTTP/1.1\r\n\r\n"),
        std::string("GET v1/host HTTP/1.1\r\n\r\n"),
        std::string("BREW / HTTP/1.1\r\nHost: x\r\n\r\n"), std::string("\r\n\r\n")}) {
    CAPTURE(bytes);
    CHECK(fate(serving, bytes) == "400 ");
  }
}

TEST_CASE("other methods are 405, and what they carry is read by nobody") {
  const Serving serving;
  for (const std::string& bytes :
       {post + "Transfer-Encoding: chunked\r\n\r\n-1\r\n", post + "Content-Length: 3\r\n\r\n",
        post + "Transfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFF\r\n", post + "\r\n",
        std::string("CONNECT example.org:443 HTTP/1.1\r\nHost: x\r\n\r\n"),
        std::string("OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n"),
        std::string("PRI / HTTP/1.1\r\nHost: x\r\n\r\n"),
        std::string("TRACE / HTTP/1.1\r\nHost: x\r\n\r\n")}) {
    CAPTURE(bytes);
    CHECK(fate(serving, bytes) == "405 ");
  }
}

TEST_CASE("what is over a limit says which one, with the right status") {
  const Serving serving;
  std::string many = line;
  for (int i = 0; i < 64; ++i) many += "X: y\r\n";
  CHECK(fate(serving, "GET /" + std::string(4096, 'a') + " HTTP/1.1\r\n\r\n") == "414 ");
  CHECK(fate(serving, line + "X: " + std::string(8192, 'a') + "\r\n\r\n") == "431 ");
  CHECK(fate(serving, many + "\r\n") == "431 ");
  const RefusalBook& refusals = serving.world.routes.refusals();
  CHECK(refusals.count_of(Refusal::too_large) == 3);
  CHECK(refusals.count_of(Refusal::malformed) == 0);
}

TEST_CASE("what is odd and legal is served") {
  const Serving serving;
  for (const std::string& bytes :
       {line + "Expect: 100-continue\r\n\r\n", line + "Content-Length: 0\r\n\r\n",
        line + "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AA\r\n\r\n",
        line + "Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
        std::string("GET http://elsewhere/v1/host HTTP/1.1\r\nHost: x\r\n\r\n"),
        "\r\n" + line + "\r\n", line + "X:\r\nY:\t\t\r\n\r\n", line + "Range: bytes=0-0\r\n\r\n"}) {
    CAPTURE(bytes);
    Client client(serving.address);
    client.send(bytes);
    CHECK(is_ok(client.read_until("}\n")));
    CHECK(is_ok(client.get("/v1/health")));  // the connection goes on
  }
}

TEST_CASE("a line that comes byte by byte is the same line") {
  const Serving serving;
  Client client(serving.address);
  for (const char byte : line + "\r\n") client.send({&byte, 1});
  CHECK(is_ok(client.read_until("}\n")));
}

TEST_CASE("garbage of every kind ends with one answer or none, and the server goes on") {
  const Serving serving;
  std::uint64_t state = 42;
  for (int round = 0; round < 200; ++round) {
    std::string bytes;
    for (int i = 0; i < 300; ++i) {
      state = state * 6364136223846793005ULL + 1442695040888963407ULL;
      bytes += static_cast<char>(state >> 56U);
    }
    const std::string answer = Client(serving.address).send(bytes).read_to_end();
    CHECK(answer.rfind("HTTP/1.1 400", 0) == 0);
    CHECK(count(answer, "HTTP/1.1 ") == 1);
  }
  CHECK(is_served_in_time(serving.address));
}
