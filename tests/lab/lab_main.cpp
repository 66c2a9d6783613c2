// The main of every lab test: doctest, where a lab can be built; else a reason and Meson's
// "skipped".
#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include <iostream>

#include "lab/lab.h"

int main(int argc, char** argv) {
  constexpr int skipped = 77;
  if (const std::string reason = ttq::lab::obstacle(); !reason.empty()) {
    std::cout << "skipped: " << reason << '\n';
    return skipped;
  }
  return doctest::Context(argc, argv).run();
}
