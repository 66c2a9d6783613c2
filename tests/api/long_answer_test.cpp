// Answers that are longer than a piece: whole for who reads them, cheap for who does not.
#include <doctest/doctest.h>

#include <thread>

#include "base/text.h"
#include "serving.h"
#include "wire/report_json.h"

using namespace ttq;
using namespace std::chrono_literals;

namespace {

/// What a chunked body says; "[cut]" where it does not come to its end.
std::string unchunked(std::string_view body) {
  std::string whole;
  for (;;) {
    const auto line = body.find("\r\n");
    if (line == body.npos) return whole + "[cut]";
    const auto size = parse_integer<std::size_t>(body.substr(0, line), 16);
    if (!size || body.size() < line + 2 + *size + 2) return whole + "[cut]";
    if (*size == 0) return whole;
    whole += body.substr(line + 2, *size);
    body.remove_prefix(line + 2 + *size + 2);
  }
}

std::string_view body_of(std::string_view answer) {
  return answer.substr(answer.find("\r\n\r\n") + 4);
}

struct ServingFlows : Serving {
  explicit ServingFlows(std::size_t many, HttpLimits limits = {}) : Serving(limits) {
    world.store.page = {{some_flow()}, "c0ffee"};
    world.store.repeated = many;
  }
};

constexpr const char* ask_and_leave =
    "GET /v1/flows?limit=10000 HTTP/1.1\r\nConnection: close\r\n\r\n";

}  // namespace

TEST_CASE("a long answer comes in chunks, and is whole") {
  const ServingFlows serving(10'000);
  const std::string answer = Client(serving.address).send(ask_and_leave).read_to_end();
  CHECK(is_ok(answer));
  CHECK(answer.find("Transfer-Encoding: chunked\r\n") != answer.npos);
  CHECK(answer.find("Content-Length") == answer.npos);
  const auto report = parse_flow_report(unchunked(body_of(answer)));
  REQUIRE_MESSAGE(report.has_value(), report.error().message);
  CHECK(report->flows.size() == 10'000);
  CHECK(report->next == "c0ffee");
}

TEST_CASE("after a long answer the connection carries the next question") {
  const ServingFlows serving(2'000);
  Client client(serving.address);
  for (int round = 0; round < 3; ++round) {
    client.send("GET /v1/flows?limit=10000 HTTP/1.1\r\n\r\n");
    const std::string answer = client.read_until("\r\n0\r\n\r\n");
    CHECK(parse_flow_report(unchunked(body_of(answer))).has_value());
    CHECK(is_ok(client.get("/v1/host")));
  }
}

TEST_CASE("a client of HTTP/1.0 gets a long answer without chunks, until the connection ends") {
  const ServingFlows serving(10'000);
  const std::string answer =
      Client(serving.address).send("GET /v1/flows?limit=10000 HTTP/1.0\r\n\r\n").read_to_end();
  CHECK(answer.find("Transfer-Encoding") == answer.npos);
  CHECK(answer.find("Content-Length") == answer.npos);
  CHECK(answer.find("Connection: close\r\n") != answer.npos);
  CHECK(parse_flow_report(body_of(answer)).has_value());
}

TEST_CASE("HEAD of a long answer is its head alone, and the connection goes on") {
  const ServingFlows serving(10'000);
  Client client(serving.address);
  client.send("HEAD /v1/flows?limit=10000 HTTP/1.1\r\n\r\n");
  const std::string answer = client.read_until("\r\n\r\n");
  CHECK(is_ok(answer));
  CHECK(body_of(answer).empty());
  CHECK(is_ok(client.get("/v1/host")));
}

TEST_CASE("an answer that breaks off in the middle does not look like a whole one") {
  ServingFlows serving(10'000);
  serving.world.store.breaks = true;
  const std::string answer = Client(serving.address).send(ask_and_leave).read_to_end();
  CHECK(is_ok(answer));
  const std::string body = unchunked(body_of(answer));
  CHECK(body.substr(body.size() - 5) == "[cut]");
  CHECK(body.find("secret") == body.npos);
  CHECK(is_ok(Client(serving.address).get("/v1/host")));
}

TEST_CASE("a client that stops in the middle of a long answer costs no worker") {
  const ServingFlows serving(20'000, {.workers = 1});
  std::vector<Client> deaf;
  for (int i = 0; i < 4; ++i) {
    deaf.emplace_back(serving.address);
    deaf.back().send(ask_and_leave);
  }
  CHECK(is_ok(Client(serving.address).get("/v1/health")));
  const std::string answer = deaf[0].read_to_end();
  CHECK(parse_flow_report(unchunked(body_of(answer)))->flows.size() == 20'000);
}

TEST_CASE("no more of a long answer is made than its reader takes") {
  const ServingFlows serving(1'000'000);
  Client client(serving.address);
  client.send(ask_and_leave);
  client.read_until("\r\n\r\n");
  // Another's question comes after all that was ready to be made.
  for (int i = 0; i < 20; ++i) CHECK(is_ok(Client(serving.address).get("/v1/host")));
  CHECK(serving.world.store.given() < 100'000);
}

TEST_CASE("the pieces of a long answer share the time of one") {
  const ServingFlows serving(1'000'000, {.answer = 200ms});
  Client client(serving.address);
  client.send(ask_and_leave);
  std::this_thread::sleep_for(400ms);
  const std::string answer = client.read_to_end();
  CHECK(unchunked(body_of(answer)).find("[cut]") != std::string::npos);
}

TEST_CASE("to stop takes no time in the middle of long answers") {
  ServingFlows serving(1'000'000);
  std::vector<Client> clients;
  for (int i = 0; i < 8; ++i) {
    clients.emplace_back(serving.address);
    clients.back().send(ask_and_leave).read_until("\r\n\r\n");
  }
  const auto begin = std::chrono::steady_clock::now();
  serving.server.reset();
  CHECK(std::chrono::steady_clock::now() - begin < 1s);
}
