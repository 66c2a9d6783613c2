// Collects figures, and prints them as they come and as a table at the end.
#pragma once

#include <vector>

#include "bench/figure.h"

namespace ttq::bench {

class Report {
 public:
  void add(Figure figure);
  [[nodiscard]] const std::vector<Figure>& figures() const { return figures_; }

 private:
  std::vector<Figure> figures_;
};

/// What is being done, on stderr, with the time since the start.
void progress(std::string_view what);

/// For a terminal.
std::string print_table(const std::vector<Figure>& figures);
/// Only those that something was demanded of.
std::vector<Figure> with_goals(const std::vector<Figure>& figures);

}  // namespace ttq::bench
