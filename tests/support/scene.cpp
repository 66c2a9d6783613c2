#include "support/scene.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <sstream>

#include "base/text.h"
#include "support/graph_text.h"

namespace ttq::test {
namespace {

constexpr NetNs scene_netns = 4'026'531'840;

[[noreturn]] void refuse(const std::string& word) {
  std::fprintf(stderr, "scene: what is \"%s\"?\n", word.c_str());
  std::abort();
}

Address address_of(const std::string& text) {
  const auto address = Address::parse(text);
  if (!address) refuse(text);
  return *address;
}

Duration duration_of(const std::string& text) {
  const bool negative = text.starts_with('-');
  const auto length = parse_duration(negative ? text.substr(1) : text);
  if (!length) refuse(text);
  return negative ? -*length : *length;
}

/// "80", "udp/53", "10.0.0.1:80", "udp/[::1]:53"
Endpoint endpoint_of(std::string text) {
  Endpoint endpoint{.address = address_of("0.0.0.0")};
  if (text.starts_with("udp/")) {
    endpoint.proto = Protocol::udp;
    text.erase(0, 4);
  }
  const auto colon = text.rfind(':');
  if (colon != std::string::npos) {
    std::string address = text.substr(0, colon);
    if (address.starts_with('[')) address = address.substr(1, address.size() - 2);
    endpoint.address = address_of(address);
    text.erase(0, colon + 1);
  }
  const auto port = parse_port(text);
  if (!port) refuse(text);
  endpoint.port = *port;
  return endpoint;
}

/// "nginx/4656", "curl*12", "?time_wait"
std::optional<Owner> owner_of(const std::string& word) {
  if (word.starts_with('?')) {
    const auto reason = parse_unknown_owner(word.substr(1));
    if (!reason) refuse(word);
    return Owner::nobody(*reason);
  }
  if (word.starts_with("udp/")) return std::nullopt;
  const auto mark = word.find_first_of("/*");
  if (mark == std::string::npos || mark == 0) return std::nullopt;
  const auto number = parse_integer<std::int32_t>(word.substr(mark + 1));
  if (!number) return std::nullopt;
  Process process{.name = word.substr(0, mark)};
  if (word[mark] == '/') {
    process.pgid = *number;
    process.key = {*number, *number, 1};
  } else {
    process.groups = static_cast<std::uint32_t>(*number);
    process.key = {0, 0, fnv1a(process.name)};
  }
  return Owner::of(process);
}

struct Call {
  std::string host;
  Flow flow;
  bool is_alone = false;
};

/// Reads one line after another.
class Reader {
 public:
  explicit Reader(std::map<std::string, SceneHost>& hosts) : hosts_(hosts) {}

  void read(const std::string& line) {
    words_ = std::istringstream(line);
    if (!(words_ >> name_)) return;
    const auto [at, is_new] = hosts_.try_emplace(name_);
    host_ = &at->second;
    is_listening_ = false;
    if (is_new) introduce();
    std::string word;
    while (words_ >> word) read_word(word);
  }

  std::vector<Call> calls;

 private:
  void introduce() {
    host_->host = {
        .id = name_ + "-id", .instance = "1", .name = name_, .version = "0.1.0", .probe = "events"};
    host_->coverage = {{.span = scene_span}};
  }

  void read_word(const std::string& word) {
    if (const auto equals = word.find('='); equals != std::string::npos) {
      return set(word.substr(0, equals), word.substr(equals + 1));
    }
    if (read_mark(word) || read_condition(word) || read_clause(word)) return;
    if (const auto owner = owner_of(word)) {
      owner_ = *owner;
    } else if (is_listening_) {
      listen(endpoint_of(word));
    } else {
      for (const auto piece : split(word, ',')) {
        host_->host.addresses.push_back(address_of(std::string(piece)));
      }
    }
  }

  void set(const std::string& name, const std::string& value) {
    if (name == "id") {
      host_->host.id = value;
    } else if (name == "instance") {
      host_->host.instance = value;
    } else if (name == "probe") {
      host_->host.probe = value;
    } else if (name == "clock") {
      host_->clock = duration_of(value);
    } else if (name == "watched") {
      host_->coverage.front().span.since = scene_now - duration_of(value);
    } else if (name == "dropped") {
      host_->coverage.front().dropped = parse_integer<std::uint64_t>(value).value();
    } else if (name == "lost") {
      host_->coverage.front().lost = parse_integer<std::uint64_t>(value).value();
    } else if (name == "degraded") {
      host_->host.degradations.push_back(value);
    } else {
      refuse(name);
    }
  }

  bool read_condition(const std::string& word) {
    if (word == "dead") {
      host_->failure = {HostState::unreachable, "Connection refused"};
    } else if (word == "hanging") {
      host_->failure = {HostState::timeout, "no answer in 3s"};
    } else if (word == "garbage") {
      host_->failure = {HostState::untrusted, "not JSON"};
    } else if (word == "denied") {
      host_->failure = {HostState::denied, "HTTP 403"};
    } else if (word == "forgetful") {
      host_->is_forgetful = true;
    } else {
      return false;
    }
    return true;
  }

  bool read_clause(const std::string& word) {
    is_listening_ = is_listening_ && word != "calls" && word != "serves";
    if (word == "listens") {
      is_listening_ = true;
    } else if (word == "calls") {
      const Endpoint listen = endpoint_of(next());
      add(listen, caller_of(listen), Role::active);
    } else if (word == "serves") {
      const Address client = address_of(next());
      if (next() != "at") refuse("serves without at");
      add(endpoint_of(next()), client, Role::passive);
      calls.back().is_alone = true;
    } else {
      return false;
    }
    return true;
  }

  /// Marks say more of the last call.
  bool read_mark(const std::string& word) {
    if (calls.empty()) return false;
    Flow& flow = calls.back().flow;
    const auto count =
        parse_integer<std::uint64_t>(word.substr(std::min<std::size_t>(1, word.size())));
    if (word == "alone") {
      calls.back().is_alone = true;
      flow.first_seen = flow.last_seen - std::chrono::seconds(1);
    } else if (word == "long") {
      flow.first_seen = flow.last_seen - std::chrono::minutes(10);
    } else if (word == "failing") {
      flow.connections = {.failed = 1, .pending = 1};
      calls.back().is_alone = true;
    } else if (word == "from") {
      flow.key.client = address_of(next());
    } else if (word == "by") {
      flow.evidence = parse_evidence(next()).value();
    } else if (word.starts_with('x') && count) {
      flow.connections = {.now = *count, .max = *count};
    } else {
      return false;
    }
    return true;
  }

  std::string next() {
    std::string word;
    if (!(words_ >> word)) refuse("end of line");
    return word;
  }

  /// As the kernel chooses the source address.
  [[nodiscard]] Address caller_of(const Endpoint& listen) const {
    const auto& own = host_->host.addresses;
    const bool is_own = std::find(own.begin(), own.end(), listen.address) != own.end();
    return listen.address.is_loopback() || is_own ? listen.address : own.front();
  }

  void add(const Endpoint& listen, const Address& client, Role role) {
    Flow flow{.key = {listen, client, role, scene_netns, owner_.key()},
              .owner = owner_,
              .connections = {.now = 1, .max = 1},
              .first_seen = scene_now - std::chrono::minutes(20),
              .last_seen = scene_now - std::chrono::minutes(10),
              .evidence = Evidence::handshake};
    calls.push_back({name_, flow});
  }

  void listen(const Endpoint& endpoint) {
    host_->listeners.push_back({.endpoint = endpoint,
                                .netns = scene_netns,
                                .owner = owner_,
                                .first_seen = scene_span.since,
                                .last_seen = scene_span.until});
  }

  std::map<std::string, SceneHost>& hosts_;
  std::istringstream words_;
  std::string name_;
  SceneHost* host_ = nullptr;
  Owner owner_ = Owner::nobody(UnknownOwner::kernel);
  bool is_listening_ = false;
};

bool has(const SceneHost& host, const Address& address) {
  const auto& own = host.host.addresses;
  return std::find(own.begin(), own.end(), address) != own.end();
}

/// The other end of a call, at whoever accepts it.
void accept_call(const Call& call, std::map<std::string, SceneHost>& hosts) {
  SceneHost* callee = &hosts.at(call.host);
  const Endpoint& to = call.flow.key.listen;
  if (!to.address.is_loopback() && !has(*callee, to.address)) {
    const auto at = std::find_if(hosts.begin(), hosts.end(),
                                 [&](const auto& entry) { return has(entry.second, to.address); });
    if (at == hosts.end()) return;
    callee = &at->second;
  }
  for (const Listener& listener : callee->listeners) {
    if (to.proto != Protocol::tcp || !accepts(listener, to)) continue;
    Flow flow = call.flow;
    flow.key.role = Role::passive;
    flow.key.process = listener.owner.key();
    flow.owner = listener.owner;
    callee->flows.push_back(flow);
    return;
  }
}

template <class Seen>
std::vector<Seen> told_of(std::vector<Seen> seen, const Span& span, Duration clock) {
  for (Seen& one : seen) {
    one.first_seen += clock;
    one.last_seen += clock;
  }
  std::erase_if(seen, [&](const Seen& one) {
    return one.last_seen < span.since || span.until <= one.first_seen;
  });
  return seen;
}

}  // namespace

Scene::Scene(std::string_view text) {
  Reader reader(hosts_);
  for (const auto line : split(text, '\n')) reader.read(std::string(line));
  for (const Call& call : reader.calls) {
    hosts_.at(call.host).flows.push_back(call.flow);
    if (!call.is_alone) accept_call(call, hosts_);
  }
}

const SceneHost* Scene::find(const PeerAddress& address) const {
  const auto at = std::find_if(hosts_.begin(), hosts_.end(), [&](const auto& entry) {
    const auto parsed = Address::parse(address.host);
    if (parsed) return has(entry.second, *parsed);
    return address.unix_path == "/" + entry.first || address.host == entry.first + ".mgmt";
  });
  return at == hosts_.end() ? nullptr : &at->second;
}

/// One after the other, in the order of the questions.
void Scene::ask(std::vector<PeerQuestion> questions, unsigned /*concurrency*/, Asker& asker) {
  ++rounds_;
  for (std::size_t i = 0; i < questions.size(); ++i) {
    PeerQuestion question = questions[i];
    const auto turn = asker.begin(question);
    const auto* refusal = std::get_if<PeerFailure>(&turn);
    Told told = refusal ? Told{.failure = *refusal} : answer(question);
    const auto more = asker.hear(question, std::move(told));
    questions.insert(questions.end(), more.begin(), more.end());
  }
}

Told Scene::answer(const PeerQuestion& question) {
  const std::string& unix_path = question.at.unix_path;
  const bool by_name = question.at.host.ends_with(".mgmt");
  asked_.push_back((unix_path.empty() ? question.at.host : unix_path) +
                   (by_name ? ":" + std::to_string(question.at.port) : "") +
                   (question.unless.empty() ? "" : " unless " + question.unless) +
                   (question.peer ? " for " + question.peer->print() : ""));
  const SceneHost* host = find(question.at);
  if (host == nullptr) return {.failure = {{HostState::unreachable, "No route to host"}}};
  if (host->failure) return {.failure = host->failure};
  if (closed_.contains(question.at.host)) {
    return {.failure = {{HostState::unreachable, "Connection refused"}}};
  }
  Told told{.report = report_of(*host, question)};
  if (host->is_forgetful) {
    told.report->flows.clear();
    told.failure = {HostState::timeout, "no answer in 3s"};
  }
  return told;
}

FlowReport Scene::report_of(const SceneHost& host, const PeerQuestion& question) {
  const Time now = scene_now + host.clock;
  FlowReport report{.host = host.host,
                    .span = {now - question.ages.since, now - question.ages.until}};
  report.host.now = now;
  if (question.unless == report.host.instance) return report;
  report.coverage = host.coverage;
  for (Coverage& one : report.coverage) {
    one.span = {one.span.since + host.clock, one.span.until + host.clock};
  }
  report.recent = report.coverage;
  report.listeners = told_of(host.listeners, report.span, host.clock);
  report.flows = told_of(host.flows, report.span, host.clock);
  std::erase_if(report.flows, [&](const Flow& flow) {
    return question.peer && flow.key.peer() != *question.peer;
  });
  return report;
}

std::string Scene::asked() const {
  std::vector<std::string> lines = asked_;
  std::sort(lines.begin(), lines.end());
  std::string text = "\n";
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

Graph walk_scene(Scene& scene, const std::string& question, const WalkLimits& limits) {
  std::istringstream words(question);
  std::string verb;
  std::string place;
  words >> verb >> place;
  WalkQuery query{.direction = Direction::both, .depth = 1, .span = scene_span};
  if (verb != "show") {
    query.direction = verb == "deps" ? Direction::deps : Direction::impact;
    query.depth = std::nullopt;
  }
  Target target{.text = place};
  const auto colon = place.find(':');
  if (colon != std::string::npos) target.port = parse_port(place.substr(colon + 1));
  const std::string name = place.substr(0, colon);
  target.address = name.starts_with('/')
                       ? PeerAddress{.unix_path = name}
                       : PeerAddress{.host = scene.at(name).host.addresses.front().print()};
  for (std::string word; words >> word;) {
    const std::string value = word.substr(word.find('=') + 1);
    if (word.starts_with("depth=")) query.depth = parse_integer<unsigned>(value);
    if (word.starts_with("name=")) target.process = value;
    if (word.starts_with("pgid=")) target.pgid = parse_integer<std::int32_t>(value);
    if (word == "self") query.self = true;
  }
  const Clocks clocks{[] { return scene_now; }, [] { return Deadline{}; }};
  return walk(scene, target, query, limits, clocks);
}

std::string ask(Scene& scene, const std::string& question, const WalkLimits& limits) {
  return print_graph(walk_scene(scene, question, limits));
}

}  // namespace ttq::test
