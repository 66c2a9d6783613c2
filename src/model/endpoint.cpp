#include "ttq/endpoint.h"

namespace ttq {

std::string_view print_protocol(Protocol proto) { return proto == Protocol::tcp ? "tcp" : "udp"; }

std::optional<Protocol> parse_protocol(std::string_view text) {
  if (text == "tcp") return Protocol::tcp;
  if (text == "udp") return Protocol::udp;
  return std::nullopt;
}

std::string print_endpoint(const Endpoint& endpoint) {
  const std::string address = endpoint.address.print();
  const std::string port = std::to_string(endpoint.port);
  return endpoint.address.is_v4() ? address + ":" + port : "[" + address + "]:" + port;
}

}  // namespace ttq

std::size_t std::hash<ttq::Endpoint>::operator()(const ttq::Endpoint& endpoint) const noexcept {
  const auto rest = (static_cast<std::size_t>(endpoint.proto) << 16U) | endpoint.port;
  return std::hash<ttq::Address>{}(endpoint.address) ^ (rest * 0x9E3779B97F4A7C15ULL);
}
