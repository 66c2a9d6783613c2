// The lab: hosts as network namespaces on one bridge, with real programs in them.
//
//   switch namespace: br0 --+-- p1 ==veth== eth0 10.0.0.10/24, fd00::10/64   host "web"
//                           +-- p2 ==veth== eth0 10.0.0.11/24, fd00::11/64   host "client"
//
// Names begin with "ttq-" and the pid of the test, so that labs may stand side by side. Hosts share
// everything but the network: /proc shows each of them the processes of all, as it does to a daemon
// on a machine with containers.
//
// Nothing is left behind, whatever ends the test. A *guardian* is forked before the first namespace
// is made. It waits on a pipe which only the test holds open; when the test lets go of it, by
// ~Lab(), by a failed check, by a crash or by SIGKILL, it ends what still lives in the lab's
// namespaces and removes them and the files. There is no other code that takes a lab down.
#pragma once

#include <filesystem>
#include <list>
#include <string>
#include <string_view>

#include "base/unique_fd.h"
#include "lab/program.h"

namespace ttq::lab {

class Host {
 public:
  Host(std::string netns, std::filesystem::path dir, std::string_view name,
       std::string_view address);

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] const std::string& address() const { return address_; }    ///< IPv4
  [[nodiscard]] const std::string& address6() const { return address6_; }  ///< unique local
  [[nodiscard]] const std::string& netns() const { return netns_; }
  [[nodiscard]] const std::filesystem::path& dir() const { return dir_; }  ///< for its files

  /// Starts a program; it runs until it is stopped or the lab ends. What it prints goes to its log.
  Program& start(const Argv& argv);
  /// Runs one to its end.
  Outcome run(const Argv& argv) const { return lab::run(argv, netns_); }
  /// A file in its directory; returns the path.
  std::filesystem::path write(std::string_view name, std::string_view text) const;

 private:
  std::string name_;
  std::string address_;
  std::string address6_;
  std::string netns_;
  std::filesystem::path dir_;
  std::list<Program> programs_;  ///< each stays where it is; ended last first
};

class Lab {
 public:
  Lab();
  Lab(const Lab&) = delete;
  Lab& operator=(const Lab&) = delete;
  ~Lab();

  /// A host on the bridge. REQUIRES: `address` is 10.0.0.N, used once.
  Host& host(std::string_view name, std::string_view address);

  /// A directory that everybody may search, gone with the lab.
  [[nodiscard]] const std::filesystem::path& dir() const { return dir_; }

 private:
  [[nodiscard]] std::string netns(std::string_view name) const;

  std::string prefix_;
  std::filesystem::path dir_;
  UniqueFd leash_;  ///< the guardian acts when this closes
  pid_t guardian_ = -1;
  std::list<Host> hosts_;
};

/// Why no lab can be built here; empty if one can.
std::string obstacle();

}  // namespace ttq::lab
