// The lab's notation for what ttq should have found: a line for each edge,
//
//   client/wrk/5982 -> web/nginx/4656 tcp 10.0.0.10:80
//
// host, name and process group of both ends, sorted. So a test compares the whole graph with what
// it started, and a missing or an invented edge is seen alike.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "lab/daemon.h"
#include "lab/program.h"

namespace ttq::lab {

/// A process as the picture names it, "web/nginx/4656"; by default the root of its own group.
std::string node(const Program& program);

std::string arrow(std::string_view source, std::string_view target, std::string_view listen,
                  std::string_view proto = "tcp");
std::string arrow(const Program& source, const Program& target, std::string_view listen,
                  std::string_view proto = "tcp");

/// Sorted, a line each.
std::string lines(std::vector<std::string> texts);

/// The picture of a graph in ttq's JSON; of anything else, what it was.
std::string picture(const std::string& graph_json);

/// "name state" of each host that was asked, by address where it never told its name.
std::string host_states(const std::string& graph_json);

/// What `ttq ARGUMENTS -o json` shows on a host, as soon as it is `expected`, or in the end.
std::string seen(const Host& from, const Argv& arguments, const std::string& expected);

/// A client and a server that can see each other; what the scenes on direction and owners need.
struct TwoHosts {
  Lab lab;
  Host& server = lab.host("server", "10.0.0.2");
  Host& client = lab.host("client", "10.0.0.1");
  std::vector<Daemon> daemons = {};

  /// Starts a daemon on both.
  void watch(const Argv& options = {});
  /// The picture around the server, once it is as expected.
  [[nodiscard]] std::string around_server(const std::string& expected) const;
};

}  // namespace ttq::lab
