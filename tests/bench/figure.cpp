#include "bench/figure.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <numeric>

namespace ttq::bench {
namespace {

using nlohmann::json;

/// Three digits that count, and never an exponent.
std::string print_number(double value) {
  if (value == 0 || !std::isfinite(value)) return value == 0 ? "0" : "-";
  const int digits = std::max(0, 2 - static_cast<int>(std::floor(std::log10(std::abs(value)))));
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%.*f", digits, value);
  return text.data();
}

std::string text_of(const json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::vector<double> numbers_of(const json& object, const char* name) {
  std::vector<double> numbers;
  const auto found = object.find(name);
  if (found == object.end() || !found->is_array()) return numbers;
  for (const json& value : *found) {
    if (value.is_number()) numbers.push_back(value.get<double>());
  }
  return numbers;
}

/// How many of the sorted averages lie outside the interval on each side: the largest rank sum of
/// Wilcoxon's test that is rejected at 5 %, by its normal approximation, rounded to the safe side.
double outside(double count) {
  const double deviation = std::sqrt(count * (count + 1) * (2 * count + 1) / 24);
  return std::floor(count * (count + 1) / 4 - 1.96 * deviation - 0.5);
}

}  // namespace

void Figure::demand(double most) {
  limit = most;
  goal = "at most " + json(most).dump();
}

void Figure::demand_nothing(std::optional<double> widest) {
  const Interval interval = interval_of(samples);
  if (!std::isfinite(interval.from)) {
    goal = "too few pairs to tell";
    return;
  }
  goal = widest ? "interval holds 0, narrower than " + print_number(*widest) : "interval holds 0";
  goal += ": [" + print_number(interval.from) + ", " + print_number(interval.to) + "]";
  met =
      interval.from <= 0 && interval.to >= 0 && (!widest || interval.to - interval.from < *widest);
}

std::optional<Figure> parse_figure(std::string_view line) {
  const json object = json::parse(line, nullptr, false);
  if (!object.is_object()) return std::nullopt;
  Figure figure{.bench = text_of(object, "bench"),
                .what = text_of(object, "what"),
                .unit = text_of(object, "unit"),
                .samples = numbers_of(object, "samples"),
                .goal = text_of(object, "goal")};
  if (const auto limit = object.find("limit"); limit != object.end() && limit->is_number()) {
    figure.limit = limit->get<double>();
  }
  if (const auto met = object.find("met"); met != object.end() && met->is_boolean()) {
    figure.met = met->get<bool>();
  }
  if (figure.bench.empty() || figure.what.empty() || figure.samples.empty()) return std::nullopt;
  return figure;
}

std::string print_figure(const Figure& figure) {
  json object{{"bench", figure.bench},
              {"what", figure.what},
              {"unit", figure.unit},
              {"samples", figure.samples}};
  if (!figure.goal.empty()) object["goal"] = figure.goal;
  if (figure.limit) object["limit"] = *figure.limit;
  if (figure.met) object["met"] = *figure.met;
  return object.dump();
}

double median(std::vector<double> samples) {
  if (samples.empty()) return std::nan("");
  std::sort(samples.begin(), samples.end());
  const std::size_t half = samples.size() / 2;
  if (samples.size() % 2 == 1) return samples[half];
  return (samples[half - 1] + samples[half]) / 2;
}

double mean(const std::vector<double>& samples) {
  return std::accumulate(samples.begin(), samples.end(), 0.0) / static_cast<double>(samples.size());
}

Interval interval_of(const std::vector<double>& differences) {
  std::vector<double> averages;
  for (std::size_t i = 0; i < differences.size(); ++i) {
    for (std::size_t j = i; j < differences.size(); ++j) {
      averages.push_back((differences[i] + differences[j]) / 2);
    }
  }
  const double skipped = outside(static_cast<double>(differences.size()));
  if (skipped < 0) return {-HUGE_VAL, HUGE_VAL};
  std::sort(averages.begin(), averages.end());
  const auto place = static_cast<std::size_t>(skipped);
  return {averages[place], averages[averages.size() - 1 - place]};
}

std::string print_spread(const Figure& figure) {
  std::string middle = print_number(median(figure.samples));
  if (figure.samples.size() == 1) return middle;
  const auto [least, most] = std::minmax_element(figure.samples.begin(), figure.samples.end());
  return middle + " [" + print_number(*least) + "-" + print_number(*most) + "]";
}

std::string verdict(const Figure& figure) {
  if (!figure.limit && !figure.met) return {};
  const bool met = figure.met.value_or(figure.limit && median(figure.samples) <= *figure.limit);
  return met ? "met" : "missed";
}

}  // namespace ttq::bench
