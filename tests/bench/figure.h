// A figure: what was measured, again and again, and what it should have been.
//
// One JSON object a line, which is how a bench program that stands alone hands it over:
//   {"bench":"store","what":"bytes per flow-window","unit":"B","samples":[15.2,15.1],
//    "goal":"at most 16","limit":16}
// `goal` is for people; `limit` is the same as a number, the median's upper bound; where
// that does not say it, `met` is the verdict. All three may be missing.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ttq::bench {

struct Figure {
  std::string bench;
  std::string what;
  std::string unit;
  std::vector<double> samples;
  std::string goal = {};
  std::optional<double> limit = {};
  std::optional<bool> met = {};  ///< where that is more than a bound of the median

  /// "at most LIMIT".
  void demand(double most);
  /// The samples are paired differences: the 95 % interval shall hold 0, and shall be
  /// narrower than `widest`, if that is given.
  void demand_nothing(std::optional<double> widest);
};

/// None: it is no figure.
std::optional<Figure> parse_figure(std::string_view line);
std::string print_figure(const Figure& figure);

double median(std::vector<double> samples);
double mean(const std::vector<double>& samples);

struct Interval {
  double from = 0;
  double to = 0;
};
/// The 95 % interval of the typical difference, from pairs: Hodges and Lehmann's, which belongs to
/// Wilcoxon's signed ranks. One pair of which half fell into somebody else's burst of work weighs
/// no more than any other. Endless for fewer than six pairs.
Interval interval_of(const std::vector<double>& differences);

/// "29.4 [28.9-31.0]", to three digits.
std::string print_spread(const Figure& figure);
/// "met", "missed", or nothing where nothing was demanded.
std::string verdict(const Figure& figure);

}  // namespace ttq::bench
