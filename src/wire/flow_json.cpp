#include "wire/flow_json.h"

#include <algorithm>
#include <charconv>

#include "wire/json_parts.h"

namespace ttq {
namespace {

/// Stands in a JSON string as it is.
bool is_plain(char c) { return c >= ' ' && c < '\x7f' && c != '"' && c != '\\'; }

void append_string(std::string& out, std::string_view text) {
  if (!std::all_of(text.begin(), text.end(), is_plain)) {
    out += print_value(Json(text));
    return;
  }
  out += '"';
  out += text;
  out += '"';
}

template <class Integer>
void append_number(std::string& out, Integer number) {
  char digits[24];
  const auto end = std::to_chars(std::begin(digits), std::end(digits), number).ptr;
  out.append(digits, static_cast<std::size_t>(end - digits));
}

void append_address(std::string& out, const Address& address) {
  if (!address.is_v4()) {
    out += address.print();
    return;
  }
  const auto& bytes = address.bytes();
  for (std::size_t at = bytes.size() - 4; at < bytes.size(); ++at) {
    if (at > bytes.size() - 4) out += '.';
    append_number(out, unsigned{bytes[at]});
  }
}

void append_optional(std::string& out, const std::optional<std::string>& text) {
  if (text) {
    append_string(out, *text);
  } else {
    out += "null";
  }
}

template <class Integer>
void append_optional(std::string& out, const std::optional<Integer>& number) {
  if (number) {
    append_number(out, *number);
  } else {
    out += "null";
  }
}

void append_process(std::string& out, const Process& process) {
  out += R"({"id":")";
  out += print_key(process.key);
  out += R"(","name":)";
  append_string(out, process.name);
  out += R"(,"pgid":)";
  append_optional(out, process.pgid);
  out += R"(,"groups":)";
  append_number(out, process.groups);
  out += R"(,"exe":)";
  append_optional(out, process.exe);
  out += R"(,"uid":)";
  append_optional(out, process.uid);
  out += R"(,"unit":)";
  append_optional(out, process.unit);
  out += R"(,"container":)";
  append_optional(out, process.container);
  out += '}';
}

void append_counts(std::string& out, const Connections& counts) {
  out += R"({"now":)";
  append_number(out, counts.now);
  out += R"(,"max":)";
  append_number(out, counts.max);
  out += R"(,"opened":)";
  append_number(out, counts.opened);
  out += R"(,"closed":)";
  append_number(out, counts.closed);
  out += R"(,"failed":)";
  append_number(out, counts.failed);
  out += R"(,"pending":)";
  append_number(out, counts.pending);
  out += '}';
}

void append_traffic(std::string& out, const Traffic& traffic, Role role) {
  out += R"(,"attempts":)";
  append_optional(out, role == Role::active ? std::optional(traffic.attempts) : std::nullopt);
  out += R"(,"bytes_sent":)";
  append_number(out, traffic.bytes_sent);
  out += R"(,"bytes_received":)";
  append_number(out, traffic.bytes_received);
  out += R"(,"rtt_us":)";
  append_optional(out, mean_rtt_us(traffic));
  out += R"(,"rtt_count":)";
  append_number(out, traffic.rtt_count);
  out += R"(,"retransmits":)";
  append_number(out, traffic.retransmits);
}

constexpr std::string_view no_traffic =
    R"(,"attempts":null,"bytes_sent":null,"bytes_received":null)"
    R"(,"rtt_us":null,"rtt_count":null,"retransmits":null)";

void append_ends(std::string& out, const FlowKey& key) {
  out += R"({"proto":")";
  out += print_protocol(key.listen.proto);
  out += R"(","role":")";
  out += print_role(key.role);
  out += R"(","listen":{"address":")";
  append_address(out, key.listen.address);
  out += R"(","port":)";
  append_number(out, key.listen.port);
  out += R"(},"client":")";
  append_address(out, key.client);
  out += R"(","peer":")";
  append_address(out, key.peer());
  out += R"(","netns":)";
  append_number(out, key.netns);
}

}  // namespace

void FlowJson::append(std::string& out, const Flow& flow) {
  append_ends(out, flow.key);
  append_owner(out, flow.owner);
  out += R"(,"connections":)";
  append_counts(out, flow.connections);
  if (flow.traffic) {
    append_traffic(out, *flow.traffic, flow.key.role);
  } else {
    out += no_traffic;
  }
  out += R"(,"first_seen":")";
  append_time(out, flow.first_seen, first_seen_);
  out += R"(","last_seen":")";
  append_time(out, flow.last_seen, last_seen_);
  out += R"(","evidence":")";
  out += print_evidence(flow.evidence);
  out += "\"}";
}

void FlowJson::append_owner(std::string& out, const Owner& owner) {
  if (owner_.text.empty() || owner != owner_.value) {
    owner_ = {owner, R"(,"process":)"};
    if (owner.process) {
      append_process(owner_.text, *owner.process);
    } else {
      owner_.text += "null";
    }
    owner_.text += R"(,"unknown_owner":)";
    const auto reason = owner.unknown
                            ? std::optional(std::string(print_unknown_owner(*owner.unknown)))
                            : std::nullopt;
    append_optional(owner_.text, reason);
  }
  out += owner_.text;
}

void FlowJson::append_time(std::string& out, Time moment, Printed<Time>& last) {
  if (last.text.empty() || moment != last.value) last = {moment, print_time(moment)};
  out += last.text;
}

}  // namespace ttq
