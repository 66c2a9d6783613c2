#include "walk/http_peer.h"

#include <httplib.h>

#include <cstdio>
#include <iterator>
#include <string_view>

#include "walk/deadline_stream.h"
#include "wire/report_json.h"

namespace ttq {
namespace {

/// Worst flows (every string at its full length) are 1.5 KiB each: a page of them is under 8 MiB.
constexpr int page_limit = 5000;
constexpr int max_pages = 100;

/// The library's client on our own socket and stream. One connection for all questions put to it.
class BoundedClient : public httplib::ClientImpl {
 public:
  BoundedClient(Connector& connector, const PeerAddress& address, Deadline deadline)
      : ClientImpl(address.unix_path.empty() ? address.host : "localhost", address.port),
        connector_(connector),
        address_(address),
        deadline_(deadline) {
    set_keep_alive(true);
    set_follow_location(false);
    set_decompress(false);
    set_url_encode(false);
  }

  /// The body of the answer.
  Answer<std::string> get(const std::string& path);

 private:
  bool create_and_connect_socket(Socket& socket, httplib::Error& error) override;
  bool process_socket(const Socket& socket,
                      std::function<bool(httplib::Stream& stream)> exchange) override;

  Connector& connector_;
  PeerAddress address_;
  Deadline deadline_;
  std::optional<PeerFailure> failure_;
};

bool BoundedClient::create_and_connect_socket(Socket& socket, httplib::Error& error) {
  auto connected = connector_.connect(address_, deadline_);
  if (const auto* failure = std::get_if<PeerFailure>(&connected)) {
    failure_ = *failure;
    error = httplib::Error::Connection;
    return false;
  }
  socket.sock = std::get<UniqueFd>(connected).release();  // the base class closes it
  return true;
}

bool BoundedClient::process_socket(const Socket& socket,
                                   std::function<bool(httplib::Stream& stream)> exchange) {
  DeadlineStream stream(socket.sock, deadline_);
  const bool exchanged = exchange(stream);
  if (stream.failure()) failure_ = stream.failure();
  return exchanged && !stream.failure();
}

Answer<std::string> BoundedClient::get(const std::string& path) {
  failure_.reset();
  std::string body;
  int status = 0;
  try {
    const auto result =
        Get(path, {{"Accept", "application/json"}}, [&](const char* bytes, std::size_t count) {
          body.append(bytes, count);  // as much as the stream lets through
          return true;
        });
    if (result) status = result->status;
  } catch (const std::exception&) {
    return PeerFailure{HostState::untrusted, "the answer is not HTTP"};
  }
  if (failure_) return *failure_;
  const std::string spelled = "HTTP " + std::to_string(status);
  if (status == 401 || status == 403) return PeerFailure{HostState::denied, spelled};
  if (status == 0) return PeerFailure{HostState::untrusted, "the answer is not whole, or not HTTP"};
  if (status != 200) return PeerFailure{HostState::untrusted, spelled + " in place of a report"};
  return body;
}

template <class Report>
Answer<Report> ask(BoundedClient& client, const std::string& path,
                   Result<Report> (*parse)(std::string_view)) {
  auto body = client.get(path);
  if (auto* failure = std::get_if<PeerFailure>(&body)) return *failure;
  auto report = parse(std::get<std::string>(body));
  if (!report) return PeerFailure{HostState::untrusted, report.error().message};
  return std::move(*report);
}

/// RFC 3986: everything but the unreserved.
std::string percent_encode(std::string_view text) {
  constexpr std::string_view unreserved =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
  std::string encoded;
  for (const char byte : text) {
    if (unreserved.find(byte) != std::string_view::npos) {
      encoded += byte;
      continue;
    }
    char escape[4];
    std::snprintf(escape, sizeof escape, "%%%02X", static_cast<unsigned char>(byte));
    encoded += escape;
  }
  return encoded;
}

std::string in_span(const Span& span) {
  return "?since=" + print_time(span.since) + "&until=" + print_time(span.until);
}

/// Puts the flows of a further page behind those that are there.
void append(FlowReport& report, FlowReport page) {
  std::move(page.flows.begin(), page.flows.end(), std::back_inserter(report.flows));
  report.next = std::move(page.next);
}

}  // namespace

Answer<HostReport> HttpPeer::host(const PeerAddress& address, Deadline deadline) {
  BoundedClient client(connector_, address, deadline);
  return ask(client, "/v1/host", parse_host_report);
}

Answer<FlowReport> HttpPeer::flows(const PeerAddress& address, const Span& span,
                                   Deadline deadline) {
  BoundedClient client(connector_, address, deadline);
  const std::string path = "/v1/flows" + in_span(span) + "&limit=" + std::to_string(page_limit);
  auto first = ask(client, path, parse_flow_report);
  if (std::holds_alternative<PeerFailure>(first)) return first;
  FlowReport report = std::move(std::get<FlowReport>(first));
  for (int pages = 1; report.next; ++pages) {
    if (pages == max_pages) return PeerFailure{HostState::untrusted, "its pages do not end"};
    auto page = ask(client, path + "&cursor=" + percent_encode(*report.next), parse_flow_report);
    if (auto* failure = std::get_if<PeerFailure>(&page)) return *failure;
    append(report, std::move(std::get<FlowReport>(page)));
  }
  return report;
}

Answer<ListenerReport> HttpPeer::listeners(const PeerAddress& address, const Span& span,
                                           Deadline deadline) {
  BoundedClient client(connector_, address, deadline);
  return ask(client, "/v1/listeners" + in_span(span), parse_listener_report);
}

}  // namespace ttq
