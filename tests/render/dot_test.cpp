#include "render/dot.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>

#include "scene.h"
#include "support/hostile_text.h"

using namespace ttq;
using namespace ttq::test;

namespace {

Scene hostile() {
  Scene scene(R"(<b>"\N"</b>)", Direction::deps);
  const auto host = scene.host("quo\"te\\", "10.0.0.1");
  const auto a = scene.process(host, "<b>&lt;\\G\n\"];}", 1);
  const auto b = scene.stranger("2001:db8::1");
  scene.start(a);
  scene.edge(a, b, udp("2001:db8::1", 53), {"2001:db8::2"}).connections.failed = 2;
  return scene;
}

bool is_installed(const std::string& program) {
  return std::system(("command -v " + program + " > /dev/null 2>&1").c_str()) == 0;
}

bool graphviz_accepts(const std::string& dot) {
  FILE* pipe = popen("dot -Tsvg > /dev/null 2> /dev/null", "w");
  if (pipe == nullptr) return false;
  std::fwrite(dot.data(), 1, dot.size(), pipe);
  return pclose(pipe) == 0;
}

}  // namespace

TEST_CASE("hosts are clusters, and each doubt has its line style") {
  Scene scene("web", Direction::both, 1);
  const auto nginx = scene.process(scene.host("web", "10.0.0.10"), "nginx", 4);
  const auto wrk = scene.process(scene.host("load", "10.0.0.11"), "wrk", 5);
  const auto nat = scene.stranger("10.0.0.98");
  scene.start(nginx);
  scene.edge(wrk, nginx, tcp("10.0.0.10", 80), {"10.0.0.11"});
  scene.edge(nat, nginx, tcp("10.0.0.10", 80), {"10.0.0.98"}).seen_by_source = false;
  scene.edge(nginx, nat, udp("10.0.0.98", 53), {"10.0.0.10"}).evidence = Evidence::port;
  scene.edge(nginx, wrk, tcp("10.0.0.11", 9), {"10.0.0.10"}).connections = {.pending = 1};
  scene.edge(nginx, wrk, tcp("10.0.0.11", 7), {"10.0.0.10"}).connections.failed = 12;
  CHECK(render_dot(scene.graph) == R"(digraph ttq {
  rankdir=LR;
  label="web";
  node [fontname="sans-serif"];
  edge [fontname="sans-serif"];
  subgraph cluster_0 {
    label="web";
    n0 [label="nginx\npgid=4", shape=box, style="solid,bold"];
  }
  subgraph cluster_1 {
    label="load";
    n1 [label="wrk\npgid=5", shape=box, style="solid"];
  }
  n2 [label="10.0.0.98\nunknown: not confirmed", shape=ellipse, style="dashed"];
  n1 -> n0 [label="tcp/80", style=solid];
  n2 -> n0 [label="tcp/80", style=dashed];
  n0 -> n2 [label="udp/53", style=dotted];
  n0 -> n1 [label="tcp/9", style=solid, color=red, fontcolor=red];
  n0 -> n1 [label="tcp/7\n12 failed", style=solid, color=red, fontcolor=red];
}
)");
}

TEST_CASE("trap 29: a name cannot break out of its quotes") {
  const std::string dot = render_dot(hostile().graph);
  CHECK(dot.find(R"(label="<b>\"\\N\"</b>";)") != std::string::npos);
  CHECK(dot.find(R"(label="quo\"te\\";)") != std::string::npos);
  CHECK(dot.find("[label=\"<b>&amp;lt;\\\\G\xEF\xBF\xBD\\\"];}\\npgid=1\"") != std::string::npos);
}

TEST_CASE("graphviz reads what we write") {
  if (!is_installed("dot")) {
    MESSAGE("skipped: graphviz is not installed");
    return;
  }
  CHECK(graphviz_accepts(render_dot(hostile().graph)));
  Scene every("all", Direction::deps);
  const auto host = every.host("h", "10.0.0.1");
  for (const std::string& name : hostile_names()) {
    every.start(every.process(every.host(name, "10.0.0.2"), name, 1));
    every.process(host, "<" + name + ">", 1);
  }
  CHECK(graphviz_accepts(render_dot(every.graph)));
  CHECK(graphviz_accepts(render_dot(paper_figure().graph)));
  CHECK(graphviz_accepts(render_dot(Graph{})));
  CHECK_FALSE(graphviz_accepts("digraph {"));
}
