// peers.d: by which names the administrator says that hosts are asked.
#include "ttq/peer_files.h"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <fstream>

#include "base/text.h"
#include "render/http_sd.h"
#include "store/scratch_dir.h"
#include "ttq/options.h"

using namespace ttq;
using namespace ttq::test;
namespace fs = std::filesystem;

namespace {

/// What is beside two files of settings, of which neither is there.
class Beside {
 public:
  Beside& of_all(const std::string& name, const std::string& text) {
    return write("all", name, text);
  }
  Beside& own(const std::string& name, const std::string& text) { return write("own", name, text); }

  [[nodiscard]] Result<PeerBook> read(std::uint16_t peer_port = 18870) const {
    return read_peer_book(files(), peer_port);
  }
  [[nodiscard]] std::vector<fs::path> files() const {
    return {dir_.path() / "all/ttq.toml", dir_.path() / "own/ttq.toml"};
  }
  [[nodiscard]] fs::path peers(const std::string& whose) const {
    return dir_.path() / whose / "peers.d";
  }
  /// "web1.mgmt port 7"; the directory is left out of what is wrong.
  [[nodiscard]] std::string find(const std::string& address,
                                 std::uint16_t peer_port = 18870) const {
    const auto book = read(peer_port);
    if (!book) return without_directory(book.error().message);
    const BookedPeer* peer = book->find(Address::parse(address).value());
    if (peer == nullptr) return "nothing";
    return peer->host + (peer->port ? " port " + std::to_string(*peer->port) : "");
  }
  [[nodiscard]] std::string without_directory(std::string text) const {
    const std::string before = dir_.path().string() + "/";
    for (auto at = text.find(before); at != text.npos; at = text.find(before)) {
      text.erase(at, before.size());
    }
    return text;
  }

 private:
  Beside& write(const std::string& whose, const std::string& name, const std::string& text) {
    fs::create_directories(peers(whose));
    std::ofstream(peers(whose) / name) << text;
    return *this;
  }

  ScratchDir dir_;
};

std::string entry(const std::string& target, const std::string& addresses) {
  return R"([{"targets": [")" + target + R"("], "labels": {"__meta_ttq_addresses": ")" + addresses +
         R"("}}])";
}

}  // namespace

TEST_CASE("no directory, or an empty one, is a book without entries") {
  Beside beside;
  CHECK(beside.find("10.0.0.10") == "nothing");
  fs::create_directories(beside.peers("all"));
  CHECK(beside.find("10.0.0.10") == "nothing");
}

TEST_CASE("an address has the name of its entry, and the port where that has one") {
  Beside beside;
  beside.of_all("a.json", entry("web1.mgmt:7", ",10.0.0.10,fd00::10,"))
      .of_all("b.json", entry("web2.mgmt", ",10.0.0.11,"))
      .of_all("c.json", entry("[fd00::99]:7", ",10.0.0.12,"))
      .of_all("note.txt", "nothing of the kind")
      .of_all(".c.json", "nothing of the kind");
  CHECK(beside.find("10.0.0.10") == "web1.mgmt port 7");
  CHECK(beside.find("fd00::10") == "web1.mgmt port 7");
  CHECK(beside.find("10.0.0.11") == "web2.mgmt");
  CHECK(beside.find("10.0.0.12") == "fd00::99 port 7");
  CHECK(beside.find("10.0.0.13") == "nothing");
}

TEST_CASE("the user's entries win over those of all, address by address") {
  Beside beside;
  beside.of_all("a.json", entry("web1.mgmt", "10.0.0.10,10.0.0.11"))
      .own("a.json", entry("bastion", "10.0.0.10"));
  CHECK(beside.find("10.0.0.10") == "bastion");
  CHECK(beside.find("10.0.0.11") == "web1.mgmt");
}

TEST_CASE("what is wrong is told with its file and place") {
  const auto find = [](const std::string& text) {
    return Beside().of_all("a.json", text).find("10.0.0.10");
  };
  CHECK(find("[\n\n}") == "all/peers.d/a.json: line 3: not JSON");
  CHECK(find("{}") == "all/peers.d/a.json: the document: not an array");
  CHECK(find(entry("web1", "web2")) ==
        "all/peers.d/a.json: [0].labels.__meta_ttq_addresses: \"web2\" is not an IP address");
  CHECK(find(entry("web1", "127.0.0.1")) ==
        "all/peers.d/a.json: web1: 127.0.0.1 means another host to each");
  CHECK(find(entry("user@web1", "10.0.0.10")) ==
        "all/peers.d/a.json: user@web1: \"user@web1\" is not HOST, HOST:PORT or [v6]:PORT");
  CHECK(find(entry("-oProxyCommand=x", "10.0.0.10")).find("begins with '-'") != std::string::npos);
  CHECK(find(entry(":7", "10.0.0.10")).ends_with("names no host"));
  CHECK(find(entry("web1:70000", "10.0.0.10")).find("port from 1 to 65535") != std::string::npos);
}

TEST_CASE("two names for one address are refused, with both files") {
  Beside beside;
  beside.of_all("a.json", entry("web1.mgmt", "10.0.0.10"))
      .of_all("b.json", entry("web2.mgmt", "10.0.0.10"));
  CHECK(beside.find("10.0.0.10") ==
        "all/peers.d/b.json: web2.mgmt: 10.0.0.10 is that of web2.mgmt here, and of web1.mgmt in "
        "all/peers.d/a.json");
  beside.of_all("b.json", entry("web1.mgmt", "10.0.0.10"));
  CHECK(beside.find("10.0.0.10") == "web1.mgmt");
}

TEST_CASE("a port that is meant without being named is the same place") {
  Beside beside;
  beside.of_all("a.json", entry("web1.mgmt", "10.0.0.10"))
      .of_all("b.json", entry("web1.mgmt:18870", "10.0.0.10"));
  CHECK(beside.find("10.0.0.10") == "web1.mgmt");
  CHECK(beside.find("10.0.0.10", 99).find("is that of web1.mgmt port 18870 here") !=
        std::string::npos);
}

TEST_CASE("the port that is meant is the one of the command line") {
  Beside beside;
  beside.of_all("a.json", entry("web1.mgmt", "10.0.0.10"))
      .of_all("b.json", entry("web1.mgmt:99", "10.0.0.10"));
  const auto read = [&](const std::vector<std::string>& arguments) {
    return parse_command_line(arguments, Time{}, beside.files());
  };
  CHECK(std::holds_alternative<Options>(read({"web1", "--peer-port", "99"})));
  CHECK(std::holds_alternative<UsageError>(read({"web1"})));
}

TEST_CASE("a file that cannot be read is not as if there were none") {
  Beside beside;
  fs::create_directories(beside.peers("all") / "a.json");
  CHECK(beside.find("10.0.0.10") == "all/peers.d/a.json: Is a directory");
  fs::remove(beside.peers("all") / "a.json");
  fs::create_symlink("/nonexistent", beside.peers("all") / "a.json");
  CHECK(beside.find("10.0.0.10") == "all/peers.d/a.json: No such file or directory");
  fs::remove(beside.peers("all") / "a.json");
  fs::create_symlink("/dev/zero", beside.peers("all") / "a.json");
  CHECK(beside.find("10.0.0.10") == "all/peers.d/a.json: is not a file");
  fs::remove(beside.peers("all") / "a.json");
  REQUIRE(::mkfifo((beside.peers("all") / "a.json").c_str(), 0600) == 0);
  CHECK(beside.find("10.0.0.10") == "all/peers.d/a.json: is not a file");
}

TEST_CASE("what http_sd prints is read, whatever hosts call themselves and say that they have") {
  for (const std::string name :
       {"web1", "a:b$(x)", "-web1", "5432", "localhost", "w\xc3\xa9", ""}) {
    CAPTURE(name);
    GraphHost host;
    host.name = host.id = name;
    host.asked.unix_path = "/run/ttracerd/api.sock";
    for (const char* address : {"10.0.0.10", "0.1.2.3", "255.255.255.255", "fe80::1", "::1"}) {
      host.addresses.push_back(Address::parse(address).value());
    }
    Graph graph;
    graph.hosts = {host};
    Beside beside;
    beside.of_all("a.json", render_http_sd(graph, 18870));
    const std::string found = beside.find("10.0.0.10");
    CHECK(found == (host.name == "web1" ? "web1" : "10.0.0.10"));
  }
}

TEST_CASE("a question has the book, and is refused where that is wrong; what asks nobody is not") {
  Beside beside;
  beside.of_all("a.json", entry("web1.mgmt", "203.0.113.7"));
  const auto read = [&](const std::vector<std::string>& arguments) {
    return parse_command_line(arguments, Time{}, beside.files());
  };
  const CommandLine question = read({"web1"});
  const WalkLimits& limits = std::get<Options>(question).limits;
  CHECK_FALSE(limits.obstacle(Address::parse("203.0.113.7").value()));
  CHECK(limits.obstacle(Address::parse("203.0.113.8").value()) == NotAsked::outside);
  beside.of_all("b.json", "{");
  const CommandLine refused = read({"web1"});
  CHECK(beside.without_directory(std::get<UsageError>(refused).message) ==
        "all/peers.d/b.json: line 1: not JSON");
  CHECK(std::holds_alternative<Carriage>(read({"stdio"})));
}

TEST_CASE("with --config the book is beside that file") {
  Beside beside;
  beside.own("a.json", entry("web1.mgmt", "10.0.0.10"));
  std::ofstream(beside.files().back()) << "max_hosts = 9\n";
  const CommandLine line = parse_command_line({"--config", beside.files().back()}, Time{});
  const WalkLimits& limits = std::get<Options>(line).limits;
  CHECK(limits.max_hosts == 9);
  CHECK(limits.peers.find(Address::parse("10.0.0.10").value()) != nullptr);
}
