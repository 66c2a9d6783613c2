// A store with a few flows and listeners, for the fuzzers that ask one.
#pragma once

#include <memory>

#include "store/memory_store.h"
#include "store/records.h"

namespace ttq::fuzz {

inline Time noon() { return test::at("2026-01-02T12:00:00Z"); }

/// Of the three minutes before noon.
inline std::unique_ptr<Store> small_store() {
  auto store = std::make_unique<MemoryStore>();
  for (int minute = 717; minute < 720; ++minute) {
    const Window window = test::minute(minute);
    WindowBatch batch{.window = window, .last_look = window.start + std::chrono::seconds(58)};
    for (const char* client : {"10.0.0.11", "10.0.0.12", "2001:db8::1"}) {
      batch.flows.push_back(test::flow(client, window, {.now = 2, .max = 3, .opened = 3}));
    }
    batch.flows.push_back(test::owned_by(test::flow("10.0.0.13", window, {}),
                                         Owner::nobody(UnknownOwner::time_wait)));
    batch.listeners.push_back(test::listener(80, window));
    batch.coverage = test::watched(window);
    if (!store->write(batch)) return nullptr;
  }
  return store;
}

}  // namespace ttq::fuzz
