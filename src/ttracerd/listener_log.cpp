#include "ttracerd/listener_log.h"

#include <utility>

namespace ttq {

void ListenerLog::begin_window() {
  present_.clear();
  noted_.clear();
}

void ListenerLog::note(std::vector<Listener> present, Time last_look, Time now) {
  see_present(last_look);
  present_ = std::move(present);
  see_present(now);
}

void ListenerLog::see_present(Time now) {
  for (const Listener& listener : present_) {
    noted_.try_emplace(key_of(listener), Noted{listener}).first->second.listener.last_seen = now;
  }
}

std::vector<Listener> ListenerLog::changes(Time last_look) {
  see_present(last_look);
  std::vector<Listener> changed;
  for (auto& [key, noted] : noted_) {
    noted.stands = noted.listener.last_seen == last_look;
    if (!noted.is_written || noted.stands != noted.stood) changed.push_back(noted.listener);
  }
  return changed;
}

void ListenerLog::written() {
  for (auto& [key, noted] : noted_) {
    noted.is_written = true;
    noted.stood = noted.stands;
  }
}

void ListenerLog::unwritten() {
  for (auto& [key, noted] : noted_) noted.is_written = false;
}

}  // namespace ttq
