// Paging: a long answer in pieces. A cursor is the series of the last flow or listener of its page,
// in hex: it stays good whatever is written or dropped between two pages.
#pragma once

#include <optional>
#include <string>

#include "ttq/store.h"

namespace ttq {

/// The series that a cursor names; none: it is not one of ours.
std::optional<std::string> parse_cursor(const std::string& text);

Fault bad_cursor();

/// Adds the flow if the query asks for it. False: it does, and the page is full; the page then
/// says where the next one begins.
bool add_to_page(FlowPage& page, const FlowQuery& query, Flow flow);
bool add_to_page(ListenerPage& page, std::size_t limit, Listener listener);

}  // namespace ttq
