#include "api/http_server.h"

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "base/text.h"
#include "small_world.h"
#include "wire/report_json.h"

using namespace ttq;
using namespace std::chrono_literals;

namespace {

/// A directory for a socket, gone with its user.
class TemporaryDirectory {
 public:
  TemporaryDirectory() { REQUIRE(::mkdtemp(path_.data()) != nullptr); }
  ~TemporaryDirectory() { std::filesystem::remove_all(path_); }
  std::string file(const char* name) const { return path_ + "/" + name; }

 private:
  std::string path_ = std::filesystem::temp_directory_path() / "ttq-api-XXXXXX";
};

/// A client that sends what it is told, and reads with a time limit.
class Client {
 public:
  explicit Client(const ListenAddress& to) {
    to.unix_path.empty() ? connect_tcp(to.port) : connect_unix(to.unix_path);
  }

  Client& send(std::string_view bytes) {
    REQUIRE(::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
            static_cast<ssize_t>(bytes.size()));
    return *this;
  }

  /// All that comes until `wanted` has come, or the end.
  std::string read_until(std::string_view wanted) {
    std::string bytes;
    while (bytes.find(wanted) == bytes.npos || wanted.empty()) {
      pollfd polled{fd_.get(), POLLIN, 0};
      if (::poll(&polled, 1, 5000) != 1) return bytes + "[time out]";
      std::array<char, 4096> buffer;
      const auto count = ::recv(fd_.get(), buffer.data(), buffer.size(), 0);
      if (count < 0) return bytes + "[reset]";
      if (count == 0) return bytes;
      bytes.append(buffer.data(), static_cast<std::size_t>(count));
    }
    return bytes;
  }
  std::string read_to_end() { return read_until(""); }

  /// A whole exchange on a connection that stays open.
  std::string get(const std::string& path) {
    send("GET " + path + " HTTP/1.1\r\nHost: x\r\n\r\n");
    return read_until("}\n");
  }

 private:
  void connect_tcp(std::uint16_t port) {
    sockaddr_in name{};
    name.sin_family = AF_INET;
    name.sin_port = htons(port);
    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    fd_.reset(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    REQUIRE(::connect(fd_.get(), reinterpret_cast<sockaddr*>(&name), sizeof name) == 0);
  }
  void connect_unix(const std::string& path) {
    sockaddr_un name{};
    name.sun_family = AF_UNIX;
    path.copy(name.sun_path, sizeof name.sun_path - 1);
    fd_.reset(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    REQUIRE(::connect(fd_.get(), reinterpret_cast<sockaddr*>(&name), sizeof name) == 0);
  }

  UniqueFd fd_;
};

bool is_ok(const std::string& answer) { return answer.rfind("HTTP/1.1 200 OK\r\n", 0) == 0; }

const ListenAddress loopback = parse_listen_address("127.0.0.1:0").value();

struct Serving {
  explicit Serving(HttpLimits limits = {}, std::vector<ListenAddress> at = {loopback}) {
    auto started = HttpServer::start(at, world.routes, limits);
    REQUIRE_MESSAGE(started.has_value(), started.error().message);
    server = *std::move(started);
    address = server->addresses().front();
  }
  SmallWorld world;
  std::unique_ptr<HttpServer> server;
  ListenAddress address;
};

ListenAddress unix_address(const std::string& path) { return {.unix_path = path}; }

}  // namespace

TEST_CASE("one connection carries several questions, over TCP") {
  Serving serving;
  CHECK(serving.address.port != 0);
  Client client(serving.address);
  for (int i = 0; i < 20; ++i) CHECK(is_ok(client.get("/v1/host")));
  CHECK(client.get("/nowhere").rfind("HTTP/1.1 404", 0) == 0);
  CHECK(is_ok(client.get("/v1/health")));
}

TEST_CASE("questions sent before their answers are read are answered in turn") {
  Serving serving;
  Client client(serving.address);
  client.send(
      "GET /v1/host HTTP/1.1\r\n\r\nHEAD /v1/host HTTP/1.1\r\n\r\nGET /x HTTP/1.1\r\nConnection: "
      "close\r\n\r\n");
  const std::string answers = client.read_to_end();
  const auto second = answers.find("HTTP/1.1 200", 1);
  REQUIRE(second != answers.npos);
  CHECK(answers.find("HTTP/1.1 404", second) != answers.npos);
}

TEST_CASE("a UNIX socket is served, is the group's at most, and goes with the server") {
  const TemporaryDirectory directory;
  const std::string path = directory.file("api.sock");
  {
    Serving serving({}, {unix_address(path), loopback});
    CHECK(is_ok(Client(serving.address).get("/v1/host")));
    CHECK(is_ok(Client(serving.server->addresses()[1]).get("/v1/host")));
    struct stat file {};
    REQUIRE(::lstat(path.c_str(), &file) == 0);
    CHECK((file.st_mode & 0777U) == 0660);
  }
  CHECK_FALSE(std::filesystem::exists(path));
}

TEST_CASE("a socket that a dead daemon left is replaced; a living one's and other files are not") {
  const TemporaryDirectory directory;
  const std::string path = directory.file("api.sock");
  {
    const UniqueFd dead(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un name{};
    name.sun_family = AF_UNIX;
    path.copy(name.sun_path, sizeof name.sun_path - 1);
    REQUIRE(::bind(dead.get(), reinterpret_cast<sockaddr*>(&name), sizeof name) == 0);
  }
  Serving first({}, {unix_address(path)});
  const auto second = HttpServer::start({unix_address(path)}, first.world.routes);
  REQUIRE_FALSE(second.has_value());
  CHECK(second.error().message == "listen on unix:" + path + ": another process listens there");
  CHECK(is_ok(Client(first.address).get("/v1/host")));

  const std::string plain = directory.file("plain");
  std::ofstream(plain) << "precious";
  CHECK_FALSE(HttpServer::start({unix_address(plain)}, first.world.routes).has_value());
  CHECK(std::filesystem::file_size(plain) == 8);
}

TEST_CASE("a port that is taken is a fault that names it") {
  Serving serving;
  const auto second = HttpServer::start({serving.address}, serving.world.routes);
  REQUIRE_FALSE(second.has_value());
  CHECK(second.error().message.find(print_listen_address(serving.address)) != std::string::npos);
}

TEST_CASE("POST is refused whole, its body unread") {
  Serving serving;
  Client client(serving.address);
  client.send("POST /v1/host HTTP/1.1\r\nContent-Length: 100000\r\n\r\n" +
              std::string(100'000, 'x'));
  const std::string answer = client.read_to_end();
  CHECK(answer.rfind("HTTP/1.1 405", 0) == 0);
  CHECK(answer.find("[reset]") == answer.npos);
  CHECK(answer.find("HTTP/1.1", 1) == answer.npos);
}

TEST_CASE("a header of 10 kB is refused, whether it ends or not") {
  Serving serving;
  for (const char* end : {"", "\r\n\r\n"}) {
    Client client(serving.address);
    client.send("GET /v1/host HTTP/1.1\r\nX: " + std::string(10'000, 'x') + end);
    const std::string answer = client.read_to_end();
    CHECK(answer.rfind("HTTP/1.1 431", 0) == 0);
    CHECK(answer.find("\"header_too_large\"") != answer.npos);
  }
}

TEST_CASE("slow clients do not keep a good one waiting, however many there are workers") {
  Serving serving({.workers = 2});
  std::vector<Client> slow;
  for (int i = 0; i < 30; ++i) {
    slow.emplace_back(serving.address);
    slow.back().send("GET /v1/ho");
  }
  CHECK(is_ok(Client(serving.address).get("/v1/host")));
  CHECK(is_ok(slow[7].send("st HTTP/1.1\r\n\r\n").read_until("}\n")));
}

TEST_CASE("a client that does not read its answers does not keep a good one waiting") {
  Serving serving({.workers = 1});
  serving.world.host.degradations.assign(20'000, std::string(200, 'x'));
  std::vector<Client> deaf;
  for (int i = 0; i < 4; ++i) {
    deaf.emplace_back(serving.address);
    deaf.back().send("GET /v1/host HTTP/1.1\r\n\r\n");
  }
  CHECK(is_ok(Client(serving.address).get("/v1/listeners?since=1&until=2&bad=")) == false);
  CHECK(is_ok(Client(serving.address).get("/v1/health")));
  CHECK(is_ok(deaf[0].read_until("}\n")));  // a large answer comes whole
}

TEST_CASE("the time of a request runs from its first byte, however often another one comes") {
  Serving serving({.request = 150ms});
  Client client(serving.address);
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < 10; ++i) {
    client.send("G");
    std::this_thread::sleep_for(10ms);
  }
  const std::string answer = client.read_to_end();
  CHECK(answer.rfind("HTTP/1.1 408", 0) == 0);
  CHECK(std::chrono::steady_clock::now() - begin < 3s);
}

TEST_CASE("a client that asks nothing is let go in silence") {
  Serving serving({.idle = 50ms});
  CHECK(Client(serving.address).read_to_end().empty());
  Client client(serving.address);
  CHECK(is_ok(client.get("/v1/host")));
  CHECK(client.read_to_end().empty());
}

TEST_CASE("where all connections are taken, an idle one makes room; busy ones are waited for") {
  Serving serving({.connections = 2, .request = 300ms});
  Client idle(serving.address);
  CHECK(is_ok(idle.get("/v1/host")));
  Client busy(serving.address);
  busy.send("GET");
  CHECK(is_ok(Client(serving.address).get("/v1/host")));
  CHECK(idle.read_to_end().empty());

  Client another(serving.address);
  another.send("GET");
  Client waiting(serving.address);
  CHECK(is_ok(waiting.get("/v1/host")));  // once the time of the busy ones has run out
}

TEST_CASE("to stop takes no time, whatever the clients do") {
  Serving serving;
  Client silent(serving.address);
  Client slow(serving.address);
  slow.send("GET /v1/h");
  Client kept(serving.address);
  CHECK(is_ok(kept.get("/v1/host")));
  const auto begin = std::chrono::steady_clock::now();
  serving.server.reset();
  CHECK(std::chrono::steady_clock::now() - begin < 1s);
  CHECK(kept.read_to_end().empty());
}

TEST_CASE("many clients at once are all answered") {
  Serving serving;
  std::atomic<int> good = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 16; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < 20; ++n) good += is_ok(Client(serving.address).get("/v1/host")) ? 1 : 0;
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(good == 320);
}

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
