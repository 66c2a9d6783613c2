#include "lab/lab.h"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <utility>

#include "lab/guardian.h"

namespace ttq::lab {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view network = "10.0.0.";

fs::path make_directory() {
  std::string name = "/tmp/ttq-lab-XXXXXX";
  if (::mkdtemp(name.data()) == nullptr) give_up("cannot make a directory in /tmp");
  ::chmod(name.c_str(), 0755);  // PostgreSQL does not run as root
  return name;
}

void ip(Argv words) {
  words.insert(words.begin(), "ip");
  must_run(words);
}

}  // namespace

Host::Host(std::string netns, fs::path dir, std::string_view name, std::string_view address)
    : name_(name),
      address_(address),
      address6_("fd00::" + std::string(address.substr(network.size()))),
      netns_(std::move(netns)),
      dir_(std::move(dir)) {
  fs::create_directory(dir_);
}

Program& Host::start(const Argv& argv) {
  const std::string base = fs::path(argv.front()).filename();
  const fs::path log = dir_ / (base + "." + std::to_string(programs_.size()) + ".log");
  programs_.emplace_front(argv, Place{.netns = netns_, .out = log, .err = log}, name_);
  return programs_.front();
}

fs::path Host::write(std::string_view name, std::string_view text) const {
  fs::path path = dir_ / name;
  std::ofstream(path, std::ios::binary) << text;
  return path;
}

Lab::Lab() : prefix_("ttq-" + std::to_string(::getpid()) + "-"), dir_(make_directory()) {
  auto [pid, leash] = post_guardian(prefix_, dir_);
  guardian_ = pid;
  leash_ = std::move(leash);
  const std::string bridge = netns("switch");
  ip({"netns", "add", bridge});
  ip({"-n", bridge, "link", "add", "br0", "type", "bridge"});
  ip({"-n", bridge, "link", "set", "br0", "up"});
}

Lab::~Lab() {
  hosts_.clear();
  leash_.reset();
  ::waitpid(guardian_, nullptr, 0);
}

Host& Lab::host(std::string_view name, std::string_view address) {
  const std::string inside = netns(name);
  const std::string bridge = netns("switch");
  const std::string port = "p" + std::to_string(hosts_.size() + 1);
  Host& host = hosts_.emplace_front(inside, dir_ / name, name, address);
  ip({"netns", "add", inside});
  ip({"link", "add", "eth0", "netns", inside, "type", "veth", "peer", "name", port, "netns",
      bridge});
  ip({"-n", bridge, "link", "set", port, "master", "br0", "up"});
  ip({"-n", inside, "link", "set", "lo", "up"});
  ip({"-n", inside, "link", "set", "eth0", "up"});
  ip({"-n", inside, "address", "add", host.address() + "/24", "dev", "eth0"});
  ip({"-n", inside, "address", "add", host.address6() + "/64", "dev", "eth0", "nodad"});
  return host;
}

std::string Lab::netns(std::string_view name) const { return prefix_ + std::string(name); }

std::string obstacle() {
  const std::string name = "ttq-" + std::to_string(::getpid()) + "-trial";
  const Outcome outcome = run({"ip", "netns", "add", name});
  run({"ip", "netns", "delete", name});
  if (outcome.status == 0) return {};
  return "network namespaces cannot be made here: " + outcome.err;
}

}  // namespace ttq::lab
