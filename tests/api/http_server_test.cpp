#include "api/http_server.h"

#include <doctest/doctest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "serving.h"

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

TEST_CASE("who comes by the UNIX socket is told all, and who comes by TCP is a stranger") {
  const TemporaryDirectory directory;
  const SmallWorld world;
  auto sockets = ListenSocket::open_all({unix_address(directory.file("api.sock")), loopback});
  REQUIRE(sockets);
  const auto server =
      HttpServer::start(*std::move(sockets), world.routes, Audience::unix_socket).value();
  const auto local = server->addresses()[0];
  const auto tcp = server->addresses()[1];
  CHECK(is_ok(Client(local).get("/v1/host")));
  CHECK(is_ok(Client(tcp).get("/v1/health")));
  CHECK(is_ok(Client(tcp).get("/metrics")));
  for (const char* path : {"/v1/host", "/v1/flows", "/v1/listeners", "/openapi.json"}) {
    CAPTURE(path);
    CHECK(Client(tcp).get(path).rfind("HTTP/1.1 403", 0) == 0);
  }
}

TEST_CASE("one user of a UNIX socket may have as many connections as one address") {
  const TemporaryDirectory directory;
  Serving serving({}, {unix_address(directory.file("api.sock")), loopback});
  std::vector<Client> kept;
  for (int i = 0; i < 8; ++i) kept.emplace_back(serving.address).send("GET /v1/health");
  CHECK(Client(serving.address).read_to_end().rfind("HTTP/1.1 503", 0) == 0);
  CHECK(is_ok(Client(serving.server->addresses()[1]).get("/v1/health")));
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
  const auto second = start_server({unix_address(path)}, first.world.routes);
  REQUIRE_FALSE(second.has_value());
  CHECK(second.error().message == "listen on unix:" + path + ": another process listens there");
  CHECK(is_ok(Client(first.address).get("/v1/host")));

  const std::string plain = directory.file("plain");
  std::ofstream(plain) << "precious";
  CHECK_FALSE(start_server({unix_address(plain)}, first.world.routes).has_value());
  CHECK(std::filesystem::file_size(plain) == 8);
}

TEST_CASE("a port that is taken is a fault that names it") {
  Serving serving;
  const auto second = start_server({serving.address}, serving.world.routes);
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

TEST_CASE("slow clients do not keep a good one waiting, however many there are workers") {
  Serving serving({.workers = 2});
  std::vector<Client> slow;
  for (int i = 0; i < 30; ++i) {
    slow.emplace_back(serving.address, 2 + i / 8);
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
    threads.emplace_back([&, host = 2 + i / 4] {
      for (int n = 0; n < 20; ++n) {
        good += is_ok(Client(serving.address, host).get("/v1/health")) ? 1 : 0;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(good == 320);
}
