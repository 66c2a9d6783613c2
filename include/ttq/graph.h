// The graph that a walk assembles: processes of many hosts, and who depends on whom.
//
// Its JSON is in wire/graph_json.h, field by field in ttq-report(7). An edge runs from the process
// that connects (and so depends) to the process that listens.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "ttq/coverage.h"
#include "ttq/flow.h"
#include "ttq/peer.h"

namespace ttq {

enum class Direction : std::uint8_t {
  both,
  deps,    ///< what the target needs: along the edges
  impact,  ///< what breaks without it: against the edges
};

std::string_view print_direction(Direction direction);

/// What was asked.
struct Query {
  std::string target;  ///< as it was typed
  Direction direction = Direction::both;
  std::optional<unsigned> depth;  ///< none: to the end
  Span span;                      ///< by this machine's clock
};

/// Something that the reader must know to read the graph rightly.
struct Warning {
  std::string code;  ///< snake_case, stable; the list is in ttq-report(7)
  std::string host;  ///< name, or address where there is none; may be empty
  std::string message;
  auto operator<=>(const Warning&) const = default;
};

struct GraphHost {
  std::string id;  ///< empty: it never said
  std::string instance;
  std::string name;           ///< empty: it never said
  bool has_namesake = false;  ///< another host of the graph has that name
  PeerAddress asked;          ///< where it was asked; empty: nowhere
  std::vector<Address> addresses;
  HostState state = HostState::ok;
  std::string message;  ///< why it is not ok
  std::string probe;    ///< as Host has it; empty: it never said
  std::string probe_reason;
  Duration clock_offset{0};        ///< its clock less ours
  std::vector<Coverage> coverage;  ///< in our clock's time
};

enum class NodeKind : std::uint8_t {
  process,
  address,  ///< an end that nobody could explain
};

/// Why nobody was asked at an address.
enum class NotAsked : std::uint8_t {
  relative,   ///< it means another host to each
  outside,    ///< it is in none of the networks that may be asked
  forbidden,  ///< somebody who hands out secrets is there: a cloud's metadata
};

std::string_view print_not_asked(NotAsked why);

struct Node {
  std::string id;
  NodeKind kind = NodeKind::process;
  std::optional<std::size_t>
      host;     ///< index in Graph::hosts; none: an address whose host is not known
  Owner owner;  ///< process: who. address: why not, where a host said so
  std::optional<Address> address;  ///< of an address node
  std::optional<NotAsked> not_asked;
  std::vector<Endpoint> listens;  ///< sorted; wildcards as they were bound
  bool start = false;             ///< the target of the query
  bool has_namesake = false;      ///< another process of that name and group is on its host
};

struct Edge {
  std::size_t source = 0;  ///< index in Graph::nodes
  std::size_t target = 0;
  Endpoint listen;
  std::vector<Address> clients;  ///< sorted
  Connections connections;
  std::optional<Traffic> traffic;  ///< as its source sees it; none: no event told of it
  bool traffic_mirrored = false;   ///< some of it by the target's word: attempts are not known
  bool seen_by_source = false;
  bool seen_by_target = false;
  bool ambiguous = false;  ///< several processes share each end: which are joined is not known
  Evidence evidence = Evidence::port;
  Time first_seen;  ///< by our clock
  Time last_seen;
};

struct Graph {
  Query query;
  bool complete = true;  ///< all ends are explained, and who was needed answered in full
  std::vector<Warning> warnings;
  std::vector<GraphHost> hosts;
  std::vector<Node> nodes;
  std::vector<Edge> edges;
};

/// Sets `has_namesake` of all hosts and nodes.
void mark_namesakes(Graph& graph);

}  // namespace ttq
