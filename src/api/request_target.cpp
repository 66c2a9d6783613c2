#include "api/request_target.h"

#include <strings.h>

#include <algorithm>
#include <array>

#include "base/text.h"

namespace ttq {
namespace {

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }

std::optional<std::string> unescape(std::string_view text) {
  std::string plain;
  for (auto percent = text.find('%'); percent != text.npos; percent = text.find('%')) {
    const auto digits = text.substr(percent + 1, 2);
    const auto byte = parse_integer<unsigned char>(digits, 16);
    if (!byte || digits.size() != 2) return std::nullopt;
    plain += text.substr(0, percent);
    plain += static_cast<char>(*byte);
    text.remove_prefix(percent + 3);
  }
  plain += text;
  if (std::any_of(plain.begin(), plain.end(), is_control)) return std::nullopt;
  return plain;
}

std::optional<GivenParameter> parse_parameter(std::string_view text) {
  const auto equals = std::min(text.find('='), text.size());
  const auto name = unescape(text.substr(0, equals));
  const auto value = unescape(text.substr(std::min(equals + 1, text.size())));
  if (!name || !value) return std::nullopt;
  return GivenParameter{*name, *value};
}

/// Without scheme and authority, where it has them.
std::string_view origin_form(std::string_view text) {
  constexpr std::array<std::string_view, 2> schemes{"http://", "https://"};
  for (const auto scheme : schemes) {
    if (text.size() <= scheme.size()) continue;
    if (strncasecmp(text.data(), scheme.data(), scheme.size()) != 0) continue;
    const auto path = text.find_first_of("/?", scheme.size());
    return path == text.npos || path == scheme.size() ? "" : text.substr(path);
  }
  return text;
}

}  // namespace

std::optional<RequestTarget> parse_request_target(std::string_view text) {
  text = origin_form(text);
  if (text.empty() || text.front() != '/') return std::nullopt;
  const auto question = std::min(text.find('?'), text.size());
  const auto path = unescape(text.substr(0, question));
  if (!path) return std::nullopt;
  RequestTarget target{*path, {}};
  if (question == text.size()) return target;
  for (const auto piece : split(text.substr(question + 1), '&')) {
    if (piece.empty()) continue;
    const auto parameter = parse_parameter(piece);
    if (!parameter) return std::nullopt;
    target.parameters.push_back(*parameter);
  }
  return target;
}

}  // namespace ttq
