// What a host can make the walk believe, and do, that lies.
#include <doctest/doctest.h>

#include <numeric>

#include "support/graph_text.h"
#include "support/scene.h"

using namespace ttq;
using namespace ttq::test;

namespace {

/// A host in front of which addresses are translated: it is asked at 203.0.113.5, and hears of it
/// at 10.0.0.1.
class Nat : public Peer {
 public:
  explicit Nat(Scene& scene) : scene_(scene) {}

  void ask(std::vector<PeerQuestion> questions, unsigned concurrency, Asker& asker) override {
    Translated translated(asker);
    const bool first = scene_.rounds() == 0;
    scene_.ask(std::move(questions), concurrency, first ? translated : asker);
  }

 private:
  class Translated : public Asker {
   public:
    explicit Translated(Asker& asker) : asker_(asker) {}
    Answer<Deadline> begin(PeerQuestion& question) override {
      auto turn = asker_.begin(question);
      question.at.host = "10.0.0.1";
      return turn;
    }
    std::vector<PeerQuestion> hear(const PeerQuestion& question, Told told) override {
      PeerQuestion outside = question;
      outside.at.host = "203.0.113.5";
      return asker_.hear(outside, std::move(told));
    }

   private:
    Asker& asker_;
  };

  Scene& scene_;
};

/// Adds flows of `count` processes through one endpoint of a host to itself, as told in that role.
void crowd(SceneHost& host, Role role, std::int32_t count) {
  Flow flow = host.flows.front();
  flow.key.role = role;
  for (std::int32_t pid = 1000; pid < 1000 + count; ++pid) {
    flow.owner.process->key = {pid, pid, 1};
    flow.owner.process->pgid = pid;
    flow.key.process = flow.owner.key();
    host.flows.push_back(flow);
  }
}

std::string letters(int number) {
  return "p" + std::to_string(number) + "/" + std::to_string(number);
}

}  // namespace

TEST_CASE(
    "rule 8: who takes another host's id and instance, and is asked first, is not that host") {
  // It claims the other's address too, and so the other is asked whether it is that instance.
  Scene scene(R"(
    web 10.0.0.1 nginx/1 calls 10.0.0.3:80 calls 10.0.0.4:5432
    liar 10.0.0.3,10.0.0.4 id=db-id sshd/9 listens 80
    db 10.0.0.4 postgres/2 listens 5432 calls 10.0.0.3:80
  )");
  const Graph graph = walk_scene(scene, "deps web");
  CHECK(print_graph(graph) == R"(
*web nginx/1 -> liar sshd/9 at 10.0.0.3:80 x1
*web nginx/1 -> db postgres/2 at 10.0.0.4:5432 x1
db postgres/2 -> liar sshd/9 at 10.0.0.3:80 x1
! address_claimed_twice liar: several hosts have the address 10.0.0.4: liar (10.0.0.3), db (10.0.0.4)
! duplicate_host_id liar: several hosts say that they are db-id: liar (10.0.0.3), db (10.0.0.4); they disagree about their addresses: one is forged, or behind a NAT
incomplete
)");
  CHECK(graph.nodes[1].id == "db-id~1/9.9.1");
  CHECK(graph.nodes[2].id == "db-id~1~10.0.0.4/2.2.1");
}

TEST_CASE("rule 8: nor is he who comes second") {
  Scene scene(R"(
    web 10.0.0.1 nginx/1 calls 10.0.0.4:5432 calls 10.0.0.9:80
    db 10.0.0.4 postgres/2 listens 5432
    liar 10.0.0.9 id=db-id sshd/9 listens 80
  )");
  CHECK(ask(scene, "deps web") == R"(
*web nginx/1 -> db postgres/2 at 10.0.0.4:5432 x1
*web nginx/1 -> liar sshd/9 at 10.0.0.9:80 x1
! duplicate_host_id db: several hosts say that they are db-id: db (10.0.0.4), liar (10.0.0.9); they disagree about their addresses: one is forged, or behind a NAT
incomplete
)");
}

TEST_CASE("rule 8: nor is he who says that he is the target") {
  Scene scene(R"(
    web 10.0.0.1 nginx/1 listens 80 calls 10.0.0.9:80
    liar 10.0.0.9 id=web-id sshd/9 listens 80
  )");
  const Graph graph = walk_scene(scene, "deps web");
  CHECK(graph.hosts.size() == 2);
  CHECK_FALSE(graph.complete);
  CHECK(print_graph(graph).starts_with("\n*web nginx/1 -> liar sshd/9 at 10.0.0.9:80 x1\n"));
}

TEST_CASE("a host with many addresses is one, since its answers agree") {
  Scene scene(R"(
    web 10.0.0.1 nginx/1 calls 10.0.0.4:80 calls 10.0.0.5:81
    db 10.0.0.4,10.0.0.5 one/2 listens 80 two/3 listens 81
  )");
  const Graph graph = walk_scene(scene, "deps web");
  CHECK(graph.complete);
  CHECK(graph.hosts.size() == 2);
  CHECK(scene.asked() == "\n10.0.0.1\n10.0.0.4\n10.0.0.5 unless 1\n");
}

TEST_CASE("a target that was asked through a NAT is known again where it is") {
  Scene scene(R"(
    web 10.0.0.1 nginx/1 listens 80 calls 10.0.0.4:5432
    db 10.0.0.4 postgres/2 listens 5432 calls 10.0.0.1:80
  )");
  Nat nat(scene);
  const Target target{.address = {"203.0.113.5", 18870, ""}};
  const WalkQuery query{.direction = Direction::deps, .depth = std::nullopt, .span = scene_span};
  const Clocks clocks{[] { return scene_now; }, [] { return Deadline{}; }};
  const Graph graph = walk(nat, target, query, {}, clocks);
  CHECK(print_graph(graph) == R"(
*web nginx/1 -> db postgres/2 at 10.0.0.4:5432 x1
db postgres/2 -> *web nginx/1 at 10.0.0.1:80 x1
complete
)");
}

TEST_CASE(
    "rule 7: who claims the address of a host that is silent is heard, and his word is named") {
  Scene scene(R"(
    web 10.0.0.1 nginx/1 calls 10.0.0.3:80 calls 10.0.0.5:5432
    liar 10.0.0.3,10.0.0.5 sshd/9 listens 80 postgres/8 listens 5432
  )");
  scene.keep_closed("10.0.0.5");
  CHECK(ask(scene, "deps web") == R"(
*web nginx/1 -> liar postgres/8 at 10.0.0.5:5432 x1
*web nginx/1 -> liar sshd/9 at 10.0.0.3:80 x1
! address_by_claim liar: liar says that it has 10.0.0.5, where nobody answers; it is taken at its word
complete
)");
}

TEST_CASE("who claims every address gets none of another that answers there") {
  std::string everybody = "\nliar 10.0.0.3";
  for (int i = 4; i < 250; ++i) everybody += ",10.0.0." + std::to_string(i);
  Scene scene(R"(
    web 10.0.0.1 nginx/1 calls 10.0.0.3:80 calls 10.0.0.5:5432
    db 10.0.0.5 postgres/2 listens 5432)" +
              everybody + " sshd/9 listens 80 5432");
  const std::string graph = ask(scene, "deps web");
  CHECK(graph.find("-> db postgres/2 at 10.0.0.5:5432 x1\n") != std::string::npos);
  CHECK(graph.find("! address_claimed_twice") != std::string::npos);
}

TEST_CASE("ids that are made to look like those of another's nodes stay others") {
  Scene scene(R"(
    web 10.0.0.1 nginx/1 calls 10.0.0.2:80 calls 10.0.0.3:80 calls 10.0.0.4:80
    a 10.0.0.2 id=x instance=1 app/7 listens 80
    b 10.0.0.3 id=x instance=2 app/7 listens 80
    liar 10.0.0.4 id=x~1 app/7 listens 80
  )");
  const Graph graph = walk_scene(scene, "deps web");
  std::set<std::string> ids;
  for (const Node& node : graph.nodes) ids.insert(node.id);
  CHECK(ids.size() == graph.nodes.size());
}

TEST_CASE("a chain of processes without end ends neither the stack nor the graph") {
  std::string chain = "web 10.0.0.1 ";
  for (int i = 1; i <= 30'000; ++i) {
    const std::string port = std::to_string(1000 + i);
    chain += letters(i) + " listens " + port + " calls 127.0.0.1:" + std::to_string(1001 + i) +
             "\n" + "web ";
  }
  Scene scene(chain);
  // Only the flows: who listens does not matter, and a scene looks for that one by one.
  const Graph graph = walk_scene(scene, "deps web name=p1");
  CHECK(graph.edges.size() > 20'000);
}

TEST_CASE("processes that all share all connections do not make a graph without end") {
  Scene scene("web 10.0.0.1 nginx/1 listens 80 calls 10.0.0.1:80");
  SceneHost& web = scene.at("web");
  crowd(web, Role::active, 20'000);
  crowd(web, Role::passive, 20'000);
  const Graph graph = walk_scene(scene, "show web", {.max_joints = 50'000});
  CHECK(graph.edges.size() <= 100'000);
  CHECK_FALSE(graph.complete);
  CHECK(std::any_of(graph.warnings.begin(), graph.warnings.end(), [](const Warning& warning) {
    return warning.code == "budget_exceeded" &&
           warning.message ==
               "the graph ends before its end: no more than 50000 connections are put into one";
  }));
}

TEST_CASE("who speaks of more addresses than hosts may be asked has no more asked") {
  std::string flows = "web 10.0.0.1 nginx/1 listens 80";
  for (int i = 0; i < 5000; ++i) {
    const std::string last = std::to_string(i / 250) + "." + std::to_string(i % 250 + 1);
    flows += "\nweb nginx/1 serves 10.1." + last + " at 10.0.0.1:80";
  }
  Scene scene(flows);
  const Graph graph = walk_scene(scene, "impact web", {.max_hosts = 7});
  const std::string asked = scene.asked();
  CHECK(std::count(asked.begin(), asked.end(), '\n') == 1 + 7);
  CHECK(graph.edges.size() == 5000);
  CHECK_FALSE(graph.complete);
}
