// The loads: nginx with two workers and a file of 612 bytes here, and on the far host wrk or a load
// at a fixed rate, over connections that are kept (the paper's) or a new one for each request.
#pragma once

#include <optional>

#include "bench/site.h"

namespace ttq::bench {

/// Returns when it serves.
void serve_web(Site& site);

/// What a load saw. Microseconds.
struct Answers {
  double per_second = 0;
  double mean = 0;
  double p50 = 0;
  double p99 = 0;
};

enum class Manner : bool { kept, closed };  ///< what becomes of a connection after an answer

/// One thread, as fast as it goes. None: not one answer came in time, so nothing was measured.
std::optional<Answers> run_wrk(Site& site, unsigned connections, std::chrono::seconds length,
                               Manner manner = Manner::kept);

/// Asks at a fixed rate, all the time.
class Pacer {
 public:
  /// Over so many connections that are kept (pacer.cpp).
  Pacer(Site& site, unsigned connections, unsigned rate);
  /// Over a new one for each request (visitor.cpp).
  Pacer(Site& site, unsigned rate);
  Pacer(const Pacer&) = delete;
  Pacer& operator=(const Pacer&) = delete;
  ~Pacer() { program_->stop(); }

  /// What it sees in so much time from now.
  Answers listen(std::chrono::milliseconds length);

 private:
  void start(Site& site, const lab::Argv& argv);
  std::string tell();

  lab::Program* program_ = nullptr;
  std::size_t heard_ = 0;  ///< bytes of its log
};

}  // namespace ttq::bench
