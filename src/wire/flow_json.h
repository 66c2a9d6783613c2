// Flows as JSON text, straight into a string: a long answer is nearly all flows, and a tree of
// nlohmann's for each of them takes thirty times as long and a hundred times the memory.
//
// Neighbours in an answer are alike: what was printed last (an owner, a time) is kept, and printed
// again without being spelled again. What is out of the ordinary (a string with a quote in it, or
// one that is not UTF-8) is left to nlohmann, so that there is one opinion about it.
#pragma once

#include <string>
#include <string_view>

#include "ttq/flow.h"

namespace ttq {

class FlowJson {
 public:
  /// Appends one object.
  void append(std::string& out, const Flow& flow);

 private:
  /// The last value that was printed, and how.
  template <class Value>
  struct Printed {
    Value value;
    std::string text;
  };

  void append_owner(std::string& out, const Owner& owner);
  static void append_time(std::string& out, Time moment, Printed<Time>& last);

  Printed<Owner> owner_;
  Printed<Time> first_seen_;
  Printed<Time> last_seen_;
};

}  // namespace ttq
