// Heads of HTTP requests, and what is answered to them.
#include <algorithm>

#include "api/http_exchange.h"
#include "base/text.h"
#include "fuzz.h"
#include "small_store.h"

using namespace ttq;

namespace {

constexpr std::string_view head_end = "\r\n\r\n";
constexpr std::string_view token = "ttq_7";
constexpr const char* host_id = "5f1e";

struct World {
  std::unique_ptr<Store> store = fuzz::small_store();
  Routes routes{
      *store,
      {[] { return Host{.id = host_id, .name = "web1", .version = "0.1.0"}; },
       [] { return Health{.started = fuzz::noon(), .last_tick = fuzz::noon(), .ticks = 1}; },
       fuzz::noon}};
  HttpExchange exchange{routes};
  TokenBook tokens = TokenBook::parse(print_token_line("bob", token).value()).value();
};

/// As a connection hands it on: it ends with its empty line.
std::string head_in(std::string_view bytes) {
  const auto end = bytes.find(head_end);
  if (end != std::string_view::npos) return std::string(bytes.substr(0, end + head_end.size()));
  return std::string(bytes) + std::string(head_end);
}

std::optional<std::size_t> announced_length(std::string_view head) {
  constexpr std::string_view name = "Content-Length: ";
  const auto at = head.find(name);
  if (at == std::string_view::npos) return std::nullopt;
  const auto value = head.substr(at + name.size());
  return parse_integer<std::size_t>(value.substr(0, value.find('\r')));
}

bool is_plain(std::string_view head) {
  return std::all_of(head.begin(), head.end(),
                     [](char c) { return (c >= 0x20 && c < 0x7F) || c == '\r' || c == '\n'; });
}

/// The status.
unsigned check(const HttpAnswer& answer) {
  const std::string_view bytes = answer.bytes;
  const auto end = bytes.find(head_end);
  fuzz::require(end != std::string_view::npos, "an answer has a head");
  const auto head = bytes.substr(0, end + 2);
  const auto body = bytes.substr(end + head_end.size());
  fuzz::require(head.starts_with("HTTP/1.1 ") && is_plain(head), "the head is ours alone");
  const auto status = parse_integer<unsigned>(head.substr(9, 3)).value_or(0);
  const auto known = {200U, 400U, 401U, 403U, 404U, 405U, 503U};
  fuzz::require(std::find(known.begin(), known.end(), status) != known.end(),
                "the status is one that a client knows what to do about");
  fuzz::require(answer.rest || body.empty() || announced_length(head) == body.size(),
                "a body is as long as its head says");
  return status;
}

/// What strangers are told reads no flow, and has nothing that is of the host alone.
void ask_as_stranger(const World& world, const std::string& head) {
  const HttpAnswer answer = world.exchange.answer(head, Standing::stranger, &world.tokens);
  if (check(answer) != 200 || head.find(token) != std::string::npos) return;
  fuzz::require(!answer.pass && answer.bytes.find(host_id) == std::string::npos,
                "without the token there is no more");
}

}  // namespace

void fuzz::feed(std::string_view bytes) {
  static const World world;
  ask_as_stranger(world, head_in(bytes));
  const HttpAnswer answer = world.exchange.answer(head_in(bytes), Standing::admitted);
  check(answer);
  if (!answer.rest) return;
  for (int pieces = 0;; ++pieces) {
    require(pieces < 100, "an answer ends");
    const HttpPiece piece = HttpExchange::go_on(*answer.rest, answer.is_chunked);
    require(!piece.is_broken, "an answer is finished");
    if (piece.is_last) return;
  }
}
