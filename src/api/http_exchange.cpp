#include "api/http_exchange.h"

#include <httplib.h>
#include <strings.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "api/chunked.h"
#include "api/gzip.h"
#include "api/memory_stream.h"
#include "base/log.h"
#include "base/text.h"

namespace ttq {
namespace {

constexpr std::string_view line_end = "\r\n";
constexpr std::string_view not_http = "this is not a request of HTTP/1.1";

/// In seconds: most answers take a fraction of that.
constexpr const char* retry_after = "1";

/// RFC 6750 3.
constexpr const char* token_challenge = R"(Bearer error="invalid_token")";

/// Less fits into one packet anyway.
constexpr std::size_t least_worth_compressing = 1024;

bool is_unserved(std::string_view line) {
  constexpr std::array<std::string_view, 5> names{
      "range:", "expect:", "if-range:", "upgrade:", "accept:"};
  return std::any_of(names.begin(), names.end(), [&](std::string_view name) {
    return line.size() >= name.size() && strncasecmp(line.data(), name.data(), name.size()) == 0;
  });
}

/// The library ends a line at any line feed, and we only at ours: what stands between the two would
/// get past us.
bool has_bare_line_feed(std::string_view head) {
  for (auto feed = head.find('\n'); feed != head.npos; feed = head.find('\n', feed + 1)) {
    if (feed == 0 || head[feed - 1] != '\r') return true;
  }
  return false;
}

std::string without_unserved(std::string_view head) {
  std::string kept;
  while (!head.empty()) {
    const auto end = std::min(head.find(line_end), head.size() - line_end.size());
    const auto line = head.substr(0, end + line_end.size());
    if (!is_unserved(line)) kept += line;
    head.remove_prefix(line.size());
  }
  return kept;
}

bool is_served(const std::string& method) { return method == "GET" || method == "HEAD"; }

/// RFC 9112 9.3; of HTTP/1.0 no connection is kept.
bool wants_close(const httplib::Request& request) {
  const std::string wish = request.get_header_value("Connection");
  return request.version == "HTTP/1.0" || strcasestr(wish.c_str(), "close") != nullptr;
}

bool is_last(const httplib::Request& request) {
  return wants_close(request) || !is_served(request.method) ||
         !parse_request_target(request.target);
}

/// What this thread's answer has beside its bytes, and who asks: the library has no place for it.
struct Baggage {
  Standing standing = Standing::stranger;
  const TokenBook* tokens = nullptr;
  bool is_wrong_token = false;
  std::unique_ptr<BodyPieces> rest;
  Turnstile::Pass pass;
};
thread_local Baggage baggage;

Response busy(const Routes& routes) {
  routes.refusals().count(Refusal::busy);
  return not_now("busy", "too many questions are being answered");
}

Response respond(const Routes& routes, Turnstile& heavy, const httplib::Request& request) {
  if (!is_served(request.method)) {
    return error_response(405, "method_not_allowed", "only GET and HEAD are allowed");
  }
  const auto target = parse_request_target(request.target);
  if (!target) return error_response(400, "bad_request", "the path is not well-formed");
  const Standing standing = baggage.standing;
  const bool is_heavy = Routes::reads_store(*target) && standing == Standing::admitted;
  if (!is_heavy) return routes.get(*target, standing);
  baggage.pass = heavy.enter();
  return baggage.pass ? routes.get(*target, standing) : busy(routes);
}

/// "Bearer TOKEN" (RFC 6750 2.1; the scheme in any case, RFC 9110 11.1).
std::string_view token_of(std::string_view credentials) {
  constexpr std::string_view scheme = "bearer ";
  const bool is_bearer = credentials.size() > scheme.size() &&
                         strncasecmp(credentials.data(), scheme.data(), scheme.size()) == 0;
  return is_bearer ? trim(credentials.substr(scheme.size())) : std::string_view();
}

/// Whether he may stay a stranger: one who shows a token that is nobody's may not.
bool look_at_token(const httplib::Request& request) {
  if (baggage.tokens == nullptr || baggage.standing == Standing::admitted) return true;
  if (!request.has_header("Authorization")) return true;
  const std::string credentials = request.get_header_value("Authorization");
  if (!baggage.tokens->owner_of(token_of(credentials))) return false;
  baggage.standing = Standing::admitted;
  return true;
}

Response refuse_token(const Routes& routes) {
  routes.refusals().count(Refusal::bad_token);
  baggage.is_wrong_token = true;
  return error_response(401, "bad_token", "the token that was shown is not known here");
}

std::string compress(std::string_view body) {
  Gzip gzip;
  std::string compressed = gzip.add(body);
  return compressed + gzip.finish();
}

/// The rest of an answer whose first piece was compressed by the same Gzip.
class GzipPieces : public BodyPieces {
 public:
  GzipPieces(std::unique_ptr<Gzip> gzip, std::unique_ptr<BodyPieces> plain)
      : gzip_(std::move(gzip)), plain_(std::move(plain)) {}

  Result<std::string> next() override {
    std::string ready;
    while (ready.empty() && gzip_) {
      auto piece = plain_->next();
      if (!piece) return piece.error();
      ready = piece->empty() ? gzip_->finish() : gzip_->add(*piece);
      if (piece->empty()) gzip_.reset();
    }
    return ready;
  }

 private:
  std::unique_ptr<Gzip> gzip_;  ///< null: all was told
  std::unique_ptr<BodyPieces> plain_;
};

void compress(Response& answer) {
  if (!answer.rest) {
    answer.body = compress(answer.body);
    return;
  }
  auto gzip = std::make_unique<Gzip>();
  answer.body = gzip->add(answer.body);  // not empty: it begins with the head of the format
  answer.rest = std::make_unique<GzipPieces>(std::move(gzip), std::move(answer.rest));
}

/// A header of our own: how choose_coding() tells serve().
constexpr const char* wants_gzip = "Ttq-Wants-Gzip";

/// Takes from the library what it would compress by.
void choose_coding(httplib::Request& request) {
  const bool accepts = accepts_gzip(request.get_header_value("Accept-Encoding"));
  request.headers.erase("Accept-Encoding");
  request.headers.erase(wants_gzip);
  if (accepts) request.set_header(wants_gzip, "yes");
}

void serve(const Routes& routes, Turnstile& heavy, const httplib::Request& request,
           httplib::Response& response) {
  Response answer = look_at_token(request) ? respond(routes, heavy, request) : refuse_token(routes);
  response.status = answer.status;
  response.set_header("Vary", "Accept-Encoding");
  if (request.has_header(wants_gzip) && answer.body.size() >= least_worth_compressing) {
    compress(answer);
    response.set_header("Content-Encoding", "gzip");
  }
  baggage.rest = std::move(answer.rest);
  response.set_content(answer.body, answer.content_type);
  if (answer.status == 401) response.set_header("WWW-Authenticate", token_challenge);
  if (answer.status == 405) response.set_header("Allow", "GET, HEAD");
  if (answer.is_for_now) response.set_header("Retry-After", retry_after);
}

/// Without one of its own the library puts the exception's text into a header.
void apologise(const httplib::Request& /*request*/, httplib::Response& response,
               const std::exception_ptr& /*exception*/) {
  const Response answer = error_response(500, "internal", "the question could not be answered");
  response.status = answer.status;
  response.set_content(answer.body, answer.content_type);
}

/// The library promises ranges, which we drop, and the limits of its own server; and after an error
/// that its server, but not ours, hangs up.
void retract_promises(const httplib::Request& request, httplib::Response& response) {
  response.headers.erase("Accept-Ranges");
  response.headers.erase("Keep-Alive");
  if (request.get_header_value("Connection") != "close") response.headers.erase("Connection");
}

/// Makes it an answer of unknown length. Of a HEAD there is no body, and then no rest.
void put_rest(HttpAnswer& answer, std::unique_ptr<BodyPieces> rest, bool is_chunked) {
  const auto body_at = answer.bytes.find("\r\n\r\n") + 4;
  const std::string_view bytes = answer.bytes;
  const std::string_view body = bytes.substr(body_at);
  std::string changed = with_unknown_length(bytes.substr(0, body_at), is_chunked);
  if (!body.empty()) {
    changed += is_chunked ? chunk(body) : std::string(body);
    answer.rest = std::move(rest);
  }
  answer.bytes = std::move(changed);
  answer.is_chunked = is_chunked;
}

std::string_view reason_of(int status) {
  switch (status) {
    case 400:
      return "Bad Request";
    case 408:
      return "Request Timeout";
    case 414:
      return "URI Too Long";
    case 426:
      return "Upgrade Required";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 503:
      return "Service Unavailable";
  }
  return "Refused";
}

}  // namespace

class HttpExchange::Library : public httplib::Server {
 public:
  Library(const Routes& routes, std::size_t heavy) : heavy_(heavy) {
    set_pre_routing_handler([this, &routes](const auto& request, auto& response) {
      serve(routes, heavy_, request, response);
      return HandlerResponse::Handled;
    });
    set_exception_handler(apologise);
    set_post_routing_handler(
        [](const auto& request, auto& response) { retract_promises(request, response); });
    set_default_headers({{"Cache-Control", "no-store"}, {"X-Content-Type-Options", "nosniff"}});
  }

  HttpAnswer answer(std::string_view head, Standing standing, const TokenBook* tokens) {
    MemoryStream stream(head);
    bool understood = false;
    bool close = false;
    bool library_closes = false;
    bool is_old = false;
    baggage = {.standing = standing, .tokens = tokens};
    process(stream, library_closes, [&](httplib::Request& request) {
      understood = true;
      choose_coding(request);
      is_old = request.version == "HTTP/1.0";
      close = is_last(request);
      if (!close) return;
      request.headers.erase("Connection");
      request.set_header("Connection", "close");  // the answer says so, too
    });
    if (!understood) return refuse(400, "bad_request", not_http);
    HttpAnswer answer{std::move(stream.output), close || library_closes};
    Baggage made = std::exchange(baggage, {});
    answer.pass = std::move(made.pass);
    answer.is_wrong_token = made.is_wrong_token;
    if (made.rest) put_rest(answer, std::move(made.rest), !is_old);
    return answer;
  }

 private:
  /// The library's process_request(), of which only later versions (0.18, not 0.11) want to know
  /// who asks whom. That is for its loggers and its list of proxies, and we have neither.
  template <class Stream, class Setup>
  void process(Stream& stream, bool& closes, const Setup& setup) {
    if constexpr (requires { this->process_request(stream, false, closes, setup); }) {
      this->process_request(stream, false, closes, setup);
    } else {
      this->process_request(stream, "", 0, "", 0, false, closes, setup);
    }
  }

  Turnstile heavy_;
};

HttpAnswer refuse(int status, std::string_view code, std::string_view message) {
  const Response response = error_response(status, code, message);
  std::string bytes = "HTTP/1.1 " + std::to_string(status) + " ";
  bytes += reason_of(status);
  bytes += "\r\nContent-Type: " + response.content_type;
  bytes += "\r\nContent-Length: " + std::to_string(response.body.size());
  if (status == 426) bytes += "\r\nUpgrade: TLS/1.2";  // RFC 9110 15.5.22 asks for it
  if (status == 503) bytes += "\r\nRetry-After: " + std::string(retry_after);
  bytes += "\r\nConnection: close\r\n\r\n" + response.body;
  return {.bytes = std::move(bytes), .close = true};
}

HttpPiece HttpExchange::go_on(BodyPieces& rest, bool is_chunked) {
  auto piece = rest.next();
  if (!piece) {
    log(LogLevel::error, piece.error().in("go on with an answer").message);
    return {.is_broken = true};
  }
  if (piece->empty()) return {std::string(is_chunked ? last_chunk : ""), true};
  return {is_chunked ? chunk(*piece) : *std::move(piece)};
}

HttpExchange::HttpExchange(const Routes& routes, std::size_t heavy)
    : library_(std::make_unique<Library>(routes, heavy)) {}
HttpExchange::~HttpExchange() = default;

HttpAnswer HttpExchange::answer(std::string_view head, Standing standing,
                                const TokenBook* tokens) const {
  try {
    if (has_bare_line_feed(head)) return refuse(400, "bad_request", not_http);
    return library_->answer(without_unserved(head), standing, tokens);
  } catch (const std::exception& exception) {
    log(LogLevel::error, std::string("answer a question: ") + exception.what());
    baggage = {};
    return refuse(500, "internal", "the question could not be answered");
  }
}

}  // namespace ttq
