#include "api/parameters.h"

#include <doctest/doctest.h>

#include "small_world.h"

using namespace ttq;
using namespace std::chrono_literals;

namespace {

std::string complaint(std::string_view query) {
  const auto target = parse_request_target("/?" + std::string(query)).value();
  const auto question = parse_question(flow_parameters(), target.parameters, noon());
  return question ? "none" : question.error().message;
}

}  // namespace

TEST_CASE("without parameters the question is about the last hour") {
  const auto query = parse_question(flow_parameters(), {}, noon()).value().query;
  CHECK(query.span == Span{noon() - 1h, noon()});
  CHECK(query.limit == 1000);
  CHECK_FALSE(query.role.has_value());
  CHECK_FALSE(query.cursor.has_value());
}

TEST_CASE("a span may end in the future, and none begins before 1970") {
  CHECK(complaint("until=2030-01-01T00:00:00Z") == "none");
  const auto early = parse_question(flow_parameters(), {{"until", "60"}}, noon()).value().query;
  CHECK(early.span == Span{Time{}, Time{60s}});
}

TEST_CASE("an age counts from now by the clock of whoever is asked") {
  const auto span_of = [](const std::vector<GivenParameter>& given) {
    return parse_question(flow_parameters(), given, noon()).value().query.span;
  };
  CHECK(span_of({{"since", "-2h30m"}, {"until", "-1h"}}) == Span{noon() - 150min, noon() - 1h});
  CHECK(span_of({{"since", "-2h"}, {"until", "-0s"}}) == Span{noon() - 2h, noon()});
  CHECK(span_of({{"since", "-36500d"}}) == Span{Time{}, noon()});
}

TEST_CASE("each value that is not allowed is told with what is") {
  struct Row {
    const char *query, *complaint;
  };
  const Row rows[] = {
      {"since=yesterday",
       "since must be a time of RFC 3339, seconds since 1970, or an age like -1h30m"},
      {"until=", "until must be a time of RFC 3339, seconds since 1970, or an age like -1h30m"},
      {"until", "until must be a time of RFC 3339, seconds since 1970, or an age like -1h30m"},
      {"role=both", "role must be active or passive"},
      {"proto=TCP", "proto must be tcp or udp"},
      {"port=0", "port must be a number from 1 to 65535"},
      {"port=65536", "port must be a number from 1 to 65535"},
      {"port=80x", "port must be a number from 1 to 65535"},
      {"peer=web1", "peer must be an IPv4 or IPv6 address"},
      {"name=", "name must be 1 to 255 bytes"},
      {"pgid=-1", "pgid must be a number from 1 to 2147483647"},
      {"pgid=0", "pgid must be a number from 1 to 2147483647"},
      {"limit=0", "limit must be a number from 1 to 10000"},
      {"limit=10001", "limit must be a number from 1 to 10000"},
      {"limit=99999999999999999999999", "limit must be a number from 1 to 10000"},
      {"since=-1", "since must be a time of RFC 3339, seconds since 1970, or an age like -1h30m"},
      {"with=", "with must be listeners, recent, or both with a comma between"},
      {"with=listeners,", "with must be listeners, recent, or both with a comma between"},
      {"unless=", "unless must be the instance of a host, 1 to 255 bytes"},
      {"cursor=", "cursor must be \"next\" of the page before"},
      {"port=80&port=80", "port is given more than once"},
      {"since=2026-01-02T12:00:00Z",
       "until must be later than since: 2026-01-02T12:00:00Z is not later than "
       "2026-01-02T12:00:00Z"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.query);
    CHECK(complaint(row.query) == row.complaint);
  }
  CHECK(complaint("nmae=x") ==
        "unknown parameter \"nmae\": allowed are since, until, limit, cursor, role, proto, "
        "port, peer, name, pgid, with, unless");
}

TEST_CASE("a stranger's parameter is not echoed at length, nor as it is") {
  CHECK(complaint(std::string(5000, 'x')).size() < 200);
  CHECK(complaint("%C2%9B").find("\xC2\x9B") == std::string::npos);
}
