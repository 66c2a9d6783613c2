// Reports of strangers: JSON, and what is read in it.
#include "wire/report_json.h"

#include <nlohmann/json.hpp>

#include "fuzz.h"
#include "wire/json_tape.h"

using namespace ttq;

namespace {

template <class Report>
void check(std::string_view text, Result<Report> (*parse)(std::string_view)) {
  const auto report = parse(text);
  if (!report) return;
  const std::string printed = to_json(*report);
  const auto again = parse(printed);
  fuzz::require(again.has_value(), "we can read what we write");
  fuzz::require(to_json(*again) == printed, "what was read is written as it is");
}

/// Whether there might be a number in it that is too large for a double.
bool may_overflow(std::string_view text) {
  for (auto at = text.find_first_of("eE"); at != std::string_view::npos;
       at = text.find_first_of("eE", at + 1)) {
    if (at > 0 && text[at - 1] >= '0' && text[at - 1] <= '9') return true;
  }
  return text.size() > 300;
}

/// Beside another parser of the same grammar; but it takes a byte order mark, and a NUL for the
/// end, and no number that is too large for a double.
void compare(std::string_view text) {
  constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
  const auto tape = JsonTape::parse(text);
  const bool is_json = nlohmann::json::accept(text);
  if (tape) {
    fuzz::require(is_json || may_overflow(text), "what is read is JSON");
  } else if (is_json && !text.starts_with(byte_order_mark) && text.find('\0') == text.npos) {
    fuzz::require(tape.error().message != "not JSON", "JSON is read, within its limits");
  }
}

}  // namespace

void fuzz::feed(std::string_view bytes) {
  compare(bytes);
  check(bytes, parse_flow_report);
  check(bytes, parse_host_report);
  check(bytes, parse_listener_report);
}
