#include "wire/peer_entries.h"

#include <algorithm>
#include <span>

#include "base/text.h"
#include "wire/json_parts.h"
#include "wire/json_value.h"

namespace ttq {
namespace {

constexpr const char* addresses_label = "__meta_ttq_addresses";
constexpr std::size_t most_addresses = 64;  // of 39 characters: well below max_json_string

std::vector<Address> read_addresses(const JsonValue& label) {
  const std::string text = label.text();
  std::vector<Address> addresses;
  for (const auto piece : split(text, ',')) {
    if (trim(piece).empty()) continue;
    const auto address = Address::parse(trim(piece));
    if (!address) label.complain("\"" + clean(piece, 64) + "\" is not an IP address");
    addresses.push_back(address.value_or(Address{}));
  }
  if (addresses.empty()) label.complain("no address is in it");
  return addresses;
}

/// Without addresses where it is none of ours.
PeerEntry read_entry(const JsonValue& group) {
  PeerEntry entry;
  const JsonValue targets = group["targets"];
  const auto names = targets.list([](const JsonValue& target) { return target.text(); });
  const JsonValue labels = group["labels"];
  if (labels.is_absent()) return entry;
  const JsonValue label = labels[addresses_label];
  if (label.is_absent()) return entry;
  if (names.size() != 1) {
    targets.complain("addresses are those of one target, and here are " +
                     std::to_string(names.size()));
    return entry;
  }
  entry.target = names.front();
  entry.addresses = read_addresses(label);
  return entry;
}

std::vector<PeerEntry> read_entries(const JsonValue& document) {
  auto entries = document.list(read_entry);
  std::erase_if(entries, [](const PeerEntry& entry) { return entry.addresses.empty(); });
  return entries;
}

std::string print_list(std::span<const Address> addresses) {
  std::string list = ",";
  for (const Address& address : addresses) list += address.print() + ",";
  return list;
}

Json json_of(const PeerEntry& entry, std::span<const Address> addresses) {
  Json labels = Json::object();
  if (!addresses.empty()) labels[addresses_label] = print_list(addresses);
  labels["__meta_ttq_host_id"] = entry.host_id;
  labels["__meta_ttq_host_name"] = entry.host_name;
  return {{"targets", Json::array({entry.target})}, {"labels", std::move(labels)}};
}

/// The line of a byte, from 1.
std::size_t line_of(std::string_view text, std::size_t at) {
  return 1 + static_cast<std::size_t>(std::ranges::count(text.substr(0, at), '\n'));
}

}  // namespace

Result<std::vector<PeerEntry>> parse_peer_entries(std::string_view text) {
  if (trim(text).empty()) return std::vector<PeerEntry>();
  if (!parse_json(text)) {
    const auto line = line_of(text, JsonTape::where_it_breaks(text));
    return Fault{"line " + std::to_string(line) + ": not JSON"};
  }
  return read_json(text, read_entries);
}

std::string print_peer_entries(const std::vector<PeerEntry>& entries) {
  Json list = Json::array();
  for (const PeerEntry& entry : entries) {
    std::span<const Address> left(entry.addresses);
    do {
      const auto some = left.first(std::min(left.size(), most_addresses));
      list.push_back(json_of(entry, some));
      left = left.subspan(some.size());
    } while (!left.empty());
  }
  return print_json(list);
}

}  // namespace ttq
