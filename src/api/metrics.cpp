#include "api/metrics.h"

#include <array>
#include <charconv>
#include <optional>

#include "base/text.h"

namespace ttq {
namespace {

constexpr std::size_t max_label_bytes = 1000;

struct Figures {
  const Health& health;
  const StoreFigures& store;
};

struct Metric {
  std::string_view name;  ///< after "ttracerd_"
  std::string_view type;
  std::string_view help;
  std::optional<double> (*value)(const Figures&);  ///< none: not known, and left out
};

double seconds(Duration length) { return std::chrono::duration<double>(length).count(); }
double seconds(Time moment) { return seconds(moment.time_since_epoch()); }

template <auto Member>
std::optional<double> figure(const Figures& figures) {
  return static_cast<double>(figures.health.*Member);
}

template <auto Member>
std::optional<double> figure_in_seconds(const Figures& figures) {
  return seconds(figures.health.*Member);
}

template <auto Member>
std::optional<double> figure_of_store(const Figures& figures) {
  return static_cast<double>(figures.store.*Member);
}

std::optional<double> achieved_interval(const Figures& figures) {
  const auto& achieved = figures.health.achieved_interval;
  return achieved ? std::optional(seconds(*achieved)) : std::nullopt;
}
std::optional<double> certificate_end(const Figures& figures) {
  const auto& end = figures.health.certificate_end;
  return end ? std::optional(seconds(*end)) : std::nullopt;
}
std::optional<double> oldest_window(const Figures& figures) {
  return seconds(figures.store.oldest_window.value_or(Time{}));
}
std::optional<double> faulted(const Figures& figures) {
  return figures.health.last_fault.empty() ? 0 : 1;
}

constexpr std::array<Metric, 34> metrics{{
    {"start_time_seconds", "gauge", "When the daemon started, in seconds since 1970.",
     figure_in_seconds<&Health::started>},
    {"last_tick_time_seconds", "gauge", "When it last looked, in seconds since 1970; 0: not yet.",
     figure_in_seconds<&Health::last_tick>},
    {"interval_seconds", "gauge", "How often it is told to look.",
     figure_in_seconds<&Health::interval>},
    {"achieved_interval_seconds", "gauge",
     "How far apart the last two looks at all sockets were; missing: there was one at most.",
     achieved_interval},
    {"ticks_total", "counter", "How often it took up what had happened.", figure<&Health::ticks>},
    {"looks_total", "counter", "Looks at all sockets; without events every tick is one.",
     figure<&Health::looks>},
    {"failed_ticks_total", "counter", "Looks at which nothing could be read.",
     figure<&Health::failed_ticks>},
    {"inconsistent_snapshots_total", "counter",
     "Looks during which the table changed twice: rows may be missing.",
     figure<&Health::inconsistent_snapshots>},
    {"sockets", "gauge", "Rows of the last look.", figure<&Health::sockets>},
    {"connections", "gauge", "Connections now.", figure<&Health::connections>},
    {"listeners", "gauge", "Listeners now.", figure<&Health::listeners>},
    {"flows", "gauge", "Flows in the open window.", figure<&Health::flows>},
    {"dropped_flows_total", "counter", "Flows that the bounded table had no room for.",
     figure<&Health::dropped_flows>},
    {"unknown_owners", "gauge", "Connections whose process is not known.",
     figure<&Health::unknown_owners>},
    {"events_lost_total", "counter", "Kernel events that were not counted when they happened.",
     figure<&Health::lost_events>},
    {"unannounced_connections_total", "counter",
     "Connections that a look found although no event had told of them.",
     figure<&Health::unannounced>},
    {"undecided_connections_total", "counter",
     "Connections that ended between two looks, with ports that do not tell their direction.",
     figure<&Health::undecided>},
    {"vanished_processes_total", "counter", "Processes that exited while they were being read.",
     figure<&Health::vanished_processes>},
    {"owner_scans_total", "counter", "Walks over /proc to find the owners of sockets.",
     figure<&Health::owner_scans>},
    {"last_snapshot_seconds", "gauge", "Time that the last look took in the kernel.",
     figure<&Health::snapshot_seconds>},
    {"last_join_seconds", "gauge", "Time to find the owners at the last look.",
     figure<&Health::join_seconds>},
    {"last_fold_seconds", "gauge", "Time to fold connections into flows at the last look.",
     figure<&Health::fold_seconds>},
    {"snapshot_seconds_total", "counter", "Time spent reading sockets from the kernel.",
     figure<&Health::snapshot_seconds_total>},
    {"join_seconds_total", "counter", "Time spent finding owners.",
     figure<&Health::join_seconds_total>},
    {"fold_seconds_total", "counter", "Time spent folding connections into flows.",
     figure<&Health::fold_seconds_total>},
    {"server_restarts_total", "counter", "Times that the process that answers had ended.",
     figure<&Health::server_restarts>},
    {"flushes_total", "counter", "Writes to the store.", figure<&Health::flushes>},
    {"failed_flushes_total", "counter", "Writes to the store that failed.",
     figure<&Health::failed_flushes>},
    {"certificate_end_time_seconds", "gauge",
     "When the certificate ends that is shown over TCP, in seconds since 1970; missing: there is "
     "none.",
     certificate_end},
    {"faulted", "gauge", "1 where the last fault has not been overcome; the log has its text.",
     faulted},
    {"store_bytes", "gauge", "Size of the store on disk.", figure_of_store<&StoreFigures::bytes>},
    {"store_max_bytes", "gauge", "Size above which the oldest windows are dropped (max_size).",
     figure_of_store<&StoreFigures::max_bytes>},
    {"store_corrupt_records_total", "counter",
     "Damaged records that were met, and left out of answers.",
     figure_of_store<&StoreFigures::corrupt_records>},
    {"store_oldest_window_time_seconds", "gauge",
     "Start of the oldest window kept, in seconds since 1970; 0: the store is empty.",
     oldest_window},
}};

std::string print_number(double value) {
  std::array<char, 32> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
  return {text.data(), end};
}

/// A label is UTF-8, with three characters escaped: the third, the line feed, is gone by then.
std::string escape_label(std::string_view value) {
  std::string escaped;
  for (const char c : clean(value, max_label_bytes)) {
    if (c == '\\' || c == '"') escaped += '\\';
    escaped += c;
  }
  return escaped;
}

std::string print_head(std::string_view name, std::string_view type, std::string_view help) {
  const std::string full_name = "ttracerd_" + std::string(name);
  return "# HELP " + full_name + " " + std::string(help) + "\n# TYPE " + full_name + " " +
         std::string(type) + "\n";
}

std::string print_info(const Health& health, std::string_view version) {
  return print_head("info", "gauge", "Always 1; what runs here.") + "ttracerd_info{version=\"" +
         escape_label(version) + "\",probe=\"" + escape_label(health.probe) + "\",probe_reason=\"" +
         escape_label(health.probe_reason) + "\"} 1\n";
}

std::string print_degradations(const Health& health) {
  std::string text = print_head("degradation", "gauge", "1 for each thing that cannot be seen.");
  for (const std::string& sentence : health.degradations) {
    text += "ttracerd_degradation{reason=\"" + escape_label(sentence) + "\"} 1\n";
  }
  return text;
}

std::string print_refusals(const Health& health) {
  std::string text = print_head("http_refused_total", "counter",
                                "HTTP requests and connections refused, by the limit.");
  for (const auto& [reason, count] : health.refused) {
    text += "ttracerd_http_refused_total{reason=\"" + escape_label(reason) + "\"} " +
            print_number(static_cast<double>(count)) + "\n";
  }
  return text;
}

/// A figure of the daemon's two processes, of each where it is known.
struct ProcessMetric {
  std::string_view name;  ///< after "ttracerd_process_"
  std::string_view type;
  std::string_view help;
  std::optional<double> (*value)(const Footprint&);
};

std::optional<double> cpu_seconds(const Footprint& footprint) {
  return std::chrono::duration<double>(footprint.cpu).count();
}
std::optional<double> resident_bytes(const Footprint& footprint) {
  const auto& bytes = footprint.resident_bytes;
  return bytes ? std::optional(static_cast<double>(*bytes)) : std::nullopt;
}

constexpr std::array<ProcessMetric, 2> process_metrics{{
    {"cpu_seconds_total", "counter",
     "CPU time of the daemon's two processes, user and system, since each was started.",
     cpu_seconds},
    {"resident_memory_bytes", "gauge", "Memory that each has now; what both share counts in both.",
     resident_bytes},
}};

std::string print_processes(const Health& health) {
  const std::array<std::pair<std::string, const std::optional<Footprint>&>, 2> processes{
      {{"collector", health.collector}, {"server", health.server}}};
  std::string text;
  for (const ProcessMetric& metric : process_metrics) {
    const std::string name = "process_" + std::string(metric.name);
    text += print_head(name, metric.type, metric.help);
    for (const auto& [process, footprint] : processes) {
      const auto value = footprint ? metric.value(*footprint) : std::nullopt;
      if (!value) continue;
      text += "ttracerd_" + name + "{process=\"" + process + "\"} " + print_number(*value) + "\n";
    }
  }
  return text;
}

std::string print_figures(const Figures& figures) {
  std::string text;
  for (const Metric& metric : metrics) {
    const auto value = metric.value(figures);
    if (!value) continue;
    text += print_head(metric.name, metric.type, metric.help) + "ttracerd_" +
            std::string(metric.name) + " " + print_number(*value) + "\n";
  }
  return text;
}

}  // namespace

std::string print_metrics(const Health& health, const StoreFigures& figures,
                          std::string_view version) {
  return print_info(health, version) + print_degradations(health) + print_refusals(health) +
         print_processes(health) + print_figures({health, figures});
}

}  // namespace ttq
