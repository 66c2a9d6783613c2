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

/// Two-sided 95 %, by degrees of freedom; beyond the table the normal distribution's.
double student(std::size_t freedom) {
  constexpr std::array table{12.71, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228,
                             2.201, 2.179, 2.160, 2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086};
  return freedom <= table.size() ? table.at(freedom - 1) : 1.96;
}

}  // namespace

void Figure::demand(double most) {
  limit = most;
  goal = "at most " + json(most).dump();
}

void Figure::demand_nothing(std::optional<double> widest) {
  const Interval interval = interval_of(samples);
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
  if (differences.size() < 2) return {-HUGE_VAL, HUGE_VAL};
  const auto count = static_cast<double>(differences.size());
  const double middle = mean(differences);
  double squares = 0;
  for (const double difference : differences) squares += std::pow(difference - middle, 2);
  const double half = std::sqrt(squares / (count - 1) / count) * student(differences.size() - 1);
  return {middle - half, middle + half};
}

std::string print_spread(const Figure& figure) {
  const std::string middle = print_number(median(figure.samples));
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
