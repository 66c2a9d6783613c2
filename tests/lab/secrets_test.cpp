// What is never collected: command lines and environments.
#include <doctest/doctest.h>

#include "lab/picture.h"
#include "lab/servers.h"

using namespace ttq::lab;
using namespace std::chrono_literals;

namespace {

constexpr const char* in_argv = "--password=correct-horse-battery-staple";
constexpr const char* in_environment = "TOKEN=tr0ub4dor-and-3";

/// The secrets themselves, without what they are called.
bool has_secret(const std::string& text) {
  return text.find("correct-horse") != std::string::npos ||
         text.find("tr0ub4dor") != std::string::npos;
}

/// Every byte of every file there. While the daemon runs, all is in RocksDB's log, uncompressed.
std::string all_bytes(const std::filesystem::path& dir) {
  std::string all;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(dir)) {
    if (entry.is_regular_file()) all += read_file(entry.path());
  }
  return all;
}

}  // namespace

TEST_CASE("a secret in a command line or an environment is in no answer, no log and no store") {
  TwoHosts hosts;
  Host& server = hosts.server;
  const std::string accepting =
      "import socket; s = socket.socket(); s.bind(('10.0.0.2', 80)); s.listen();"
      "held = [s.accept() for _ in range(9)]";
  server.start({"env", in_environment, "python3", "-c", accepting, in_argv});
  const std::string client =
      "import socket, time;"
      "held = socket.create_connection(('10.0.0.2', 80)); time.sleep(600)";
  REQUIRE(eventually(10s, [&] {
    return server
               .run({"python3", "-c", "import socket; socket.create_connection(('10.0.0.2', 80))"})
               .status == 0;
  }));
  hosts.client.start({"env", in_environment, "python3", "-c", client, in_argv});
  Daemon daemon(server);
  REQUIRE(eventually(10s, [&] {
    return daemon.get("/v1/flows?port=80").body.find("\"python3\"") != std::string::npos;
  }));
  for (const char* path : {"/v1/host", "/v1/flows", "/v1/listeners", "/v1/health", "/metrics",
                           "/v1/flows?with=listeners,recent"}) {
    CAPTURE(path);
    CHECK(daemon.get(path).status == 200);
    CHECK_FALSE(has_secret(daemon.get(path).body));
  }
  for (const char* output : {"tree", "classic", "json", "dot"}) {
    CAPTURE(output);
    CHECK_FALSE(has_secret(ask(server, {"show", "10.0.0.2", "-o", output}).out));
  }
  const std::string store = all_bytes(server.dir() / "store");
  CHECK(store.find("python3") != std::string::npos);  // so we would have found it
  CHECK_FALSE(has_secret(store));
  CHECK_FALSE(has_secret(daemon.program().log()));
}
