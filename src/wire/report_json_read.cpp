#include "base/text.h"
#include "wire/json_value.h"
#include "wire/report_json.h"

namespace ttq {
namespace {

/// More of them no host has, and each may become a line of its own.
constexpr std::size_t most_addresses = 16'384;
constexpr std::size_t most_degradations = 64;
/// As names are cut where they are taken from /proc (clean()).
constexpr std::size_t longest_name = 255;

std::string read_name(const JsonValue& json) { return json.text(longest_name); }
std::string read_text(const JsonValue& json) { return json.text(); }
std::uint64_t read_count(const JsonValue& json) { return json.count(); }
Address read_address(const JsonValue& json) { return json.address(); }

std::vector<std::string> read_degradations(const JsonValue& json) {
  return json.list(read_text, most_degradations);
}

std::string text_or_empty(const JsonValue& json) {
  return json.unless_absent(read_text).value_or("");
}

/// Null, or sent by an older host, which has no such field.
bool is_unknown(const JsonValue& json) { return json.is_absent() || json.is_null(); }

std::string text_unless_unknown(const JsonValue& json) {
  return is_unknown(json) ? "" : json.text();
}

std::optional<std::string> text_or_none(const JsonValue& json) {
  if (is_unknown(json)) return std::nullopt;
  return json.text();
}

std::uint64_t count_or_zero(const JsonValue& json) {
  return json.unless_absent(read_count).value_or(0);
}

Host read_host(const JsonValue& json) {
  return {.id = json["id"].text(),
          .instance = text_or_empty(json["instance"]),
          .name = json["name"].text(),
          .addresses = json["addresses"].list(read_address, most_addresses),
          .version = json["version"].text(),
          .probe = text_or_empty(json["probe"]),
          .probe_reason = text_unless_unknown(json["probe_reason"]),
          .degradations = json["degradations"]
                              .unless_absent(read_degradations)
                              .value_or(std::vector<std::string>{}),
          .now = json["now"].time()};
}

Span read_span(const JsonValue& json) {
  const Span span{json["since"].time(), json["until"].time()};
  if (span.until < span.since) json["until"].complain("before since");
  return span;
}

Coverage read_coverage(const JsonValue& json) {
  return {.span = read_span(json),
          .interval = Duration(json["interval_ms"].count()),
          .dropped = count_or_zero(json["dropped"]),
          .lost = count_or_zero(json["events_lost"])};
}

/// "4656.4650.9f3c", as report_json_write.cpp prints it.
std::optional<ProcessKey> parse_key(std::string_view text) {
  const auto pieces = split(text, '.');
  if (pieces.size() != 3) return std::nullopt;
  const auto pgid = parse_integer<std::int32_t>(pieces[0]);
  const auto pid = parse_integer<std::int32_t>(pieces[1]);
  const auto mark = parse_integer<std::uint64_t>(pieces[2], 16);
  if (!pgid || !pid || !mark || *pgid < 0 || *pid < 0) return std::nullopt;
  return ProcessKey{*pgid, *pid, *mark};
}

/// For the rest of the world the id is opaque, and so it may be spelled otherwise one day. Where
/// there is none, what a reader can see must do.
ProcessKey key_of(const Process& process, const std::optional<std::string>& id) {
  if (const auto key = parse_key(id.value_or(""))) return *key;
  const std::string seen = id.value_or(process.name + '\n' + process.exe.value_or("") + '\n' +
                                       process.unit.value_or(""));
  return {.pgid = process.pgid.value_or(0), .mark = fnv1a(seen)};
}

Process read_process(const JsonValue& json) {
  constexpr auto read_pgid = [](const JsonValue& pgid) { return pgid.integer<std::int32_t>(1); };
  constexpr auto read_uid = [](const JsonValue& uid) { return uid.integer<std::uint32_t>(); };
  constexpr auto read_groups = [](const JsonValue& n) { return n.integer<std::uint32_t>(1); };
  Process process{.name = read_name(json["name"]),
                  .pgid = json["pgid"].unless_null(read_pgid),
                  .groups = json["groups"].unless_absent(read_groups).value_or(1),
                  .exe = json["exe"].unless_null(read_name),
                  .uid = json["uid"].unless_null(read_uid),
                  .unit = json["unit"].unless_null(read_name),
                  .container = json["container"].unless_null(read_name)};
  process.key = key_of(process, json["id"].unless_absent(read_text));
  return process;
}

/// `unknown_owner` may be left out where there is a process.
Owner read_owner(const JsonValue& json) {
  const auto process = json["process"];
  const auto unknown = json["unknown_owner"];
  const bool known = !process.is_null();
  if (known && !unknown.is_absent() && !unknown.is_null())
    unknown.complain("not null beside a process");
  if (known) return Owner::of(read_process(process));
  return Owner::nobody(unknown.word(parse_unknown_owner));
}

Endpoint read_endpoint(const JsonValue& proto, const JsonValue& place) {
  return {proto.word(parse_protocol), place["address"].address(),
          place["port"].integer<std::uint16_t>()};
}

Connections read_connections(const JsonValue& json) {
  return {.now = json["now"].count(),
          .max = json["max"].count(),
          .opened = json["opened"].count(),
          .closed = json["closed"].count(),
          .failed = json["failed"].count(),
          .pending = count_or_zero(json["pending"])};
}

/// The sum of so many readings, from their mean. REQUIRES: count > 0.
std::uint64_t read_rtt_sum(const JsonValue& mean, std::uint64_t count) {
  const std::uint64_t mean_us = mean.count();
  if (mean_us > max_json_count / count) mean.complain("too long for so many readings");
  return mean_us * count;
}

/// Whether there is any is told by `bytes_sent` alone: a host without events has none of any flow,
/// and the other fields need not be looked for in each.
std::optional<Traffic> read_traffic(const JsonValue& json) {
  const auto sent = json["bytes_sent"];
  if (is_unknown(sent)) return std::nullopt;
  const auto attempts = json["attempts"];
  Traffic traffic{.attempts = is_unknown(attempts) ? 0 : attempts.count(),
                  .bytes_sent = sent.count(),
                  .bytes_received = json["bytes_received"].count(),
                  .retransmits = json["retransmits"].count(),
                  .rtt_count = json["rtt_count"].count()};
  if (traffic.rtt_count > 0) traffic.rtt_us_sum = read_rtt_sum(json["rtt_us"], traffic.rtt_count);
  return traffic;
}

/// `peer` follows from the rest, and is not read.
Flow read_flow(const JsonValue& json) {
  const Owner owner = read_owner(json);
  return {.key = {.listen = read_endpoint(json["proto"], json["listen"]),
                  .client = json["client"].address(),
                  .role = json["role"].word(parse_role),
                  .netns = count_or_zero(json["netns"]),
                  .process = owner.key()},
          .owner = owner,
          .connections = read_connections(json["connections"]),
          .traffic = read_traffic(json),
          .first_seen = json["first_seen"].time(),
          .last_seen = json["last_seen"].time(),
          .evidence = json["evidence"].word(parse_evidence)};
}

Listener read_listener(const JsonValue& json) {
  return {.endpoint = read_endpoint(json["proto"], json),
          .netns = count_or_zero(json["netns"]),
          .owner = read_owner(json),
          .v6only = json["v6only"].boolean(),
          .first_seen = json["first_seen"].time(),
          .last_seen = json["last_seen"].time()};
}

std::vector<Coverage> read_coverages(const JsonValue& json) { return json.list(read_coverage); }
std::vector<Listener> read_listeners(const JsonValue& json) { return json.list(read_listener); }

HostReport read_host_report(const JsonValue& json) {
  return {.host = read_host(json["host"]), .coverage = json["coverage"].list(read_coverage)};
}

FlowReport read_flow_report(const JsonValue& json) {
  return {.host = read_host(json["host"]),
          .span = read_span(json),
          .coverage = json["coverage"].list(read_coverage),
          .recent = json["recent"].unless_absent(read_coverages),
          .listeners = json["listeners"].unless_absent(read_listeners),
          .listeners_next = text_or_none(json["listeners_next"]),
          .flows = json["flows"].list(read_flow),
          .next = json["next"].unless_null(read_text)};
}

ListenerReport read_listener_report(const JsonValue& json) {
  return {.host = read_host(json["host"]),
          .span = read_span(json),
          .listeners = json["listeners"].list(read_listener),
          .next = text_or_none(json["next"])};
}

}  // namespace

Result<HostReport> parse_host_report(std::string_view text) {
  return read_json(text, read_host_report);
}

Result<FlowReport> parse_flow_report(std::string_view text) {
  return read_json(text, read_flow_report);
}

Result<ListenerReport> parse_listener_report(std::string_view text) {
  return read_json(text, read_listener_report);
}

}  // namespace ttq
