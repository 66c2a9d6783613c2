#include "walk/network.h"

#include "base/text.h"

namespace ttq {
namespace {

constexpr unsigned all_bits = 128;
constexpr unsigned bits_before_v4 = 96;

}  // namespace

std::optional<Network> Network::parse(std::string_view text) {
  const auto slash = text.find('/');
  const std::string_view spelled = text.substr(0, slash);
  const auto base = Address::parse(spelled);
  if (!base) return std::nullopt;
  if (slash == std::string_view::npos) return Network(*base, all_bits);
  const bool dotted = spelled.find(':') == std::string_view::npos;
  const auto length = parse_integer<unsigned>(text.substr(slash + 1));
  if (!length || *length > (dotted ? all_bits - bits_before_v4 : all_bits)) return std::nullopt;
  const unsigned bits = *length + (dotted ? bits_before_v4 : 0);
  if (base->is_v4() && bits < bits_before_v4) return std::nullopt;  // "::ffff:10.0.0.0/8"
  return Network(*base, bits);
}

bool Network::contains(const Address& address) const {
  if (address.is_v4() != base_.is_v4()) return false;
  const unsigned whole = bits_ / 8;
  for (unsigned i = 0; i < whole; ++i) {
    if (address.bytes().at(i) != base_.bytes().at(i)) return false;
  }
  const unsigned rest = bits_ % 8;
  if (rest == 0) return true;
  const unsigned differing = address.bytes().at(whole) ^ base_.bytes().at(whole);
  return (differing >> (8 - rest)) == 0;
}

}  // namespace ttq
