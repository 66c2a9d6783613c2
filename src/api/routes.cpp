#include "api/routes.h"

#include <algorithm>
#include <array>

#include "api/flow_pieces.h"
#include "api/health_status.h"
#include "api/metrics.h"
#include "api/openapi.h"
#include "base/log.h"
#include "ttq/report.h"
#include "wire/health_json.h"
#include "wire/report_json.h"

namespace ttq {
namespace {

/// Of listeners in a report of their own, ...
constexpr std::size_t page_bytes = FlowPieces::page_bytes;
/// ... and in front of flows: who reads both should be able to hold them.
constexpr std::size_t section_bytes = 2 << 20;

Response bad_parameter(std::string_view message) {
  return error_response(400, "bad_parameter", message);
}

Response bad_cursor() { return bad_parameter("cursor must be \"next\" of the page before"); }

/// What went wrong is for the log, not for a stranger.
Response store_failed(const Fault& fault) {
  log(LogLevel::error, fault.in("answer a question").message);
  return error_response(500, "internal", "the store could not be read");
}

/// No more than it takes in JSON: what is not a string of the owner, and those, where a quote or a
/// backslash in them is two bytes (control characters were replaced when they were captured).
std::size_t most_bytes(const Listener& listener) {
  constexpr std::size_t all_else = 512;
  if (!listener.owner.process) return all_else;
  const Process& process = *listener.owner.process;
  return all_else + 2 * (process.name.size() + process.exe.value_or("").size() +
                         process.unit.value_or("").size() + process.container.value_or("").size());
}

/// As many from the first one on as take so much, and one at least.
std::size_t count_fitting(const std::vector<Listener>& listeners, std::size_t bytes) {
  std::size_t taken = 0;
  const auto over = std::find_if(listeners.begin(), listeners.end(), [&](const Listener& one) {
    taken += most_bytes(one);
    return taken > bytes;
  });
  const auto fitting = static_cast<std::size_t>(over - listeners.begin());
  return std::max<std::size_t>(fitting, 1);
}

void append(std::vector<std::string>& sentences, const std::vector<std::string>& more) {
  sentences.insert(sentences.end(), more.begin(), more.end());
}

Response json_response(std::string body) { return {.body = std::move(body)}; }

const Routes::Route* find_route(const RequestTarget& target) {
  const auto routes = Routes::table();
  const auto route = std::find_if(routes.begin(), routes.end(), [&](const Routes::Route& row) {
    return row.path == target.path;
  });
  return route == routes.end() ? nullptr : &*route;
}

/// Short as that is: what is not known yet would be told as nothing, or as nought.
Response starting() { return not_now("starting", "the daemon has not looked yet"); }

/// A sentence, if it has.
std::vector<std::string> ended_certificate(const Health& health, Time now) {
  const auto& end = health.certificate_end;
  if (!end || now < *end) return {};
  return {"the certificate has ended at " + print_time(*end) + ", so nobody can ask by TLS"};
}

}  // namespace

Response error_response(int status, std::string_view code, std::string_view message) {
  return {.status = status, .body = error_to_json(code, message)};
}

Response not_now(std::string_view code, std::string_view message) {
  Response response = error_response(503, code, message);
  response.is_for_now = true;
  return response;
}

Routes::Routes(const Store& store, Sources sources) : store_(store), sources_(std::move(sources)) {}

std::span<const Routes::Route> Routes::table() {
  static const std::array<Route, 6> routes{{
      {.path = "/v1/host", .answer = &Routes::host, .reads_store = true},
      {.path = "/v1/flows",
       .parameters = flow_parameters(),
       .answer = &Routes::flows,
       .reads_store = true},
      {.path = "/v1/listeners",
       .parameters = listener_parameters(),
       .answer = &Routes::listeners,
       .reads_store = true},
      {.path = "/v1/health",
       .answer = &Routes::health,
       .is_for_strangers = true,
       .awaits_look = false},
      {.path = "/metrics", .answer = &Routes::metrics, .is_for_strangers = true},
      {.path = "/openapi.json", .answer = &Routes::openapi, .awaits_look = false},
  }};
  return routes;
}

bool Routes::reads_store(const RequestTarget& target) {
  const Route* route = find_route(target);
  return route != nullptr && route->reads_store;
}

Response Routes::get(const RequestTarget& target, Standing standing) const {
  const Route* route = find_route(target);
  if (route == nullptr) {
    return error_response(404, "not_found", "there is no such path; see /openapi.json");
  }
  if (standing == Standing::stranger && !route->is_for_strangers) {
    refusals_.count(Refusal::stranger);
    return error_response(403, "not_admitted",
                          "whoever asks over TCP is told of /v1/health and /metrics alone");
  }
  const Health health = sources_.health();
  if (route->awaits_look && health.ticks == 0) return starting();
  const auto question = parse_question(route->parameters, target.parameters, sources_.clock());
  if (!question) return bad_parameter(question.error().message);
  return (this->*route->answer)(*question, health);
}

Response Routes::host(const Question& question, const Health& health) const {
  const auto watched = coverage(question.query.span);
  if (!watched) return store_failed(watched.error());
  return json_response(to_json(HostReport{speaking_host(health), *watched}));
}

Response Routes::flows(const Question& question, const Health& health) const {
  const FlowQuery& query = question.query;
  if (query.cursor && !store_.is_cursor(*query.cursor)) return bad_cursor();
  FlowReport head{.host = speaking_host(health), .span = query.span};
  if (question.unless == head.host.instance) return json_response(to_json(head));
  if (auto told = add_sections(head, question); !told) return store_failed(told.error());
  auto reader = store_.read_flows(query);
  if (!reader) return store_failed(reader.error());
  auto pieces = std::make_unique<FlowPieces>(head, *std::move(reader));
  auto first = pieces->next();
  if (!first) return store_failed(first.error());
  Response response = json_response(*std::move(first));
  if (!pieces->ended()) response.rest = std::move(pieces);
  return response;
}

/// All but the flows.
Result<void> Routes::add_sections(FlowReport& report, const Question& question) const {
  auto watched = coverage(report.span);
  if (!watched) return watched.error();
  report.coverage = *std::move(watched);
  if (question.with_recent) {
    auto recent = coverage({std::max(Time{}, question.now - default_span), question.now});
    if (!recent) return recent.error();
    report.recent = *std::move(recent);
  }
  if (question.with_listeners) {
    auto bound = fitting_listeners(report.span, max_limit, {}, section_bytes);
    if (!bound) return bound.error();
    report.listeners = std::move(bound->listeners);
    report.listeners_next = std::move(bound->next);
  }
  return {};
}

Response Routes::listeners(const Question& question, const Health& health) const {
  const Span& span = question.query.span;
  const auto& cursor = question.query.cursor;
  if (cursor && !store_.is_cursor(*cursor)) return bad_cursor();
  auto found = fitting_listeners(span, question.limit.value_or(max_limit), cursor, page_bytes);
  if (!found) return store_failed(found.error());
  return json_response(to_json(ListenerReport{
      speaking_host(health), span, std::move(found->listeners), std::move(found->next)}));
}

/// What is left out is found by the page's cursor, and so the page is read again where it is cut.
Result<ListenerPage> Routes::fitting_listeners(const Span& span, std::size_t limit,
                                               const std::optional<std::string>& cursor,
                                               std::size_t bytes) const {
  auto page = store_.listener_page(span, limit, cursor);
  if (!page) return page;
  const auto fitting = count_fitting(page->listeners, bytes);
  return fitting < page->listeners.size() ? store_.listener_page(span, fitting, cursor) : page;
}

Response Routes::health(const Question& /*question*/, const Health& health) const {
  const Health whole = whole_health(health);
  const Time now = sources_.clock();
  const HealthStatus status = judge(whole, now);
  return {.status = is_alive(status) ? 200 : 503,
          .body = health_to_json(print_health_status(status), whole, store_.figures(), now)};
}

Response Routes::metrics(const Question& /*question*/, const Health& health) const {
  return {.content_type = std::string(metrics_content_type),
          .body = print_metrics(whole_health(health), store_.figures(), sources_.host().version)};
}

Response Routes::openapi(const Question& /*question*/, const Health& /*health*/) const {
  return json_response(std::string(openapi_document));
}

Host Routes::speaking_host(const Health& health) const {
  Host host = sources_.host();
  host.now = sources_.clock();
  if (health.last_tick == Time{}) host.degradations.emplace_back("no look has succeeded yet");
  append(host.degradations, store_.mishaps());
  append(host.degradations, ended_certificate(health, host.now));
  return host;
}

Health Routes::whole_health(Health health) const {
  health.refused = refusals_.read();
  append(health.degradations, store_.mishaps());
  append(health.degradations, ended_certificate(health, sources_.clock()));
  return health;
}

Result<std::vector<Coverage>> Routes::coverage(const Span& span) const {
  auto spans = store_.coverage(span);
  if (!spans) return spans;
  return tidy(*std::move(spans), span);
}

}  // namespace ttq
