// The graph for somebody who is about to switch off a server, at night: nested by depth from each
// start process, with a mark on everything that could not be checked, and a summary below.
//
//   web1 (10.0.0.10): nginx pgid=4656, nginx.service, listens on 0.0.0.0:80/tcp
//   ├─ needed by
//   │  └<─ lb1: haproxy pgid=812 ── 10.0.0.10:80/tcp, 30 connections
//   └─ needs
//      └─> app1: python pgid=6111 ── 10.0.0.12:8080/tcp, 4 connections [guess]
//
// A node is expanded once in each direction, where it is nearest to the start, and referred to
// elsewhere. Nothing is cut off or aligned: names may be as long as they like.
#pragma once

#include <string>

#include "ttq/graph.h"

namespace ttq {

struct TreeStyle {
  bool color = false;
};

/// Empty for a graph without nodes: the reason is for whoever asked to tell.
std::string render_tree(const Graph& graph, TreeStyle style);

}  // namespace ttq
