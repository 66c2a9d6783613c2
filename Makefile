# A thin front for Meson: `make help` lists what there is. HACKING.md says more.

BUILD ?= build
PREFIX ?= /usr/local
MESON_OPTIONS ?=
FUZZ_SECONDS ?= 60
VERSION := $(shell sed -n "s/^  version: '\(.*\)',/\1/p" meson.build)
ARCHIVE := build-dist/ttq-$(VERSION).tar.gz
# The lab makes network namespaces, which needs root; building never does.
SUDO := $(shell [ "$$(id -u)" -eq 0 ] || command -v sudo)

# Scenes of the lab that run under the sanitizers too; the others take their time or their memory.
SANITIZED = 'lab lab' 'lab paper_figure' 'lab chain' 'lab partial' 'lab bad_input'
SOURCES = $(shell find include src tests -name '*.h' -o -name '*.cpp' -o -name '*.bpf.c')

.PHONY: all help deps test demo install dist deb rpm test-packages lint format asan tsan fuzz clean bench bench-quick

all: $(BUILD)/build.ninja  ## build into build/
	ninja -C $(BUILD)

help:  ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | expand -t 12

$(BUILD)/build.ninja:
	meson setup $(BUILD) --prefix=$(PREFIX) $(MESON_OPTIONS)

deps:  ## install the packages that building and testing need (apt-get)
	packaging/install-dependencies build lab

test: deps all  ## install what is missing, build, and run all tests
	meson test -C $(BUILD) --no-rebuild --print-errorlogs $(if $(SUDO),--wrapper $(SUDO))

demo: deps all  ## install what is missing, build, and show it on six hosts made of namespaces
	$(SUDO) $(BUILD)/tests/lab/ttq-demo $(BUILD)

bench: bench-programs  ## measure everything, in half an hour, and write BENCHMARKS.md
	$(SUDO) build-bench/tests/bench/bench --write BENCHMARKS.md --notes tests/bench/notes.md
	chown --reference=Makefile BENCHMARKS.md

bench-quick: bench-programs  ## the same questions, fewer answers, in 6 minutes
	$(SUDO) build-bench/tests/bench/bench --quick

.PHONY: bench-programs
bench-programs: build-bench/build.ninja
	ninja -C build-bench src/ttracerd/ttracerd src/ttq/ttq bench-programs

# As packages are built: optimised, without assertions.
build-bench/build.ninja:
	packaging/install-dependencies build lab bench
	meson setup build-bench -Doptimization=2 -Db_ndebug=true -Dbench=enabled

# Often run by root on somebody's build: what it writes there stays theirs.
install: all  ## install below $(DESTDIR)$(PREFIX)
	[ "$$($(recorded_prefix))" = '$(PREFIX)' ] || meson configure $(BUILD) --prefix='$(PREFIX)'
	meson install -C $(BUILD) --strip
	chown --reference=$(BUILD) $(BUILD)/meson-logs/install-log.txt

recorded_prefix = meson introspect $(BUILD) --buildoptions | python3 -c \
    'import json, sys; print(*[o["value"] for o in json.load(sys.stdin) if o["name"] == "prefix"])'

dist:  ## a source archive of what is committed, in build-dist/
	packaging/make-dist $(ARCHIVE)

deb: dist  ## Debian's packages, in build-deb/
	packaging/install-dependencies build packages
	rm -rf build-deb
	packaging/make-deb $(ARCHIVE) build-deb

# RPM_OPTIONS='--without check' leaves the unit tests out, which take longer than all the rest. Where
# packages are rpms, rpmbuild itself names what is missing.
rpm: dist  ## source and binary rpms, in build-rpm/
	! command -v apt-get >/dev/null || packaging/install-dependencies build packages
	rm -rf build-rpm
	packaging/make-rpm $(ARCHIVE) build-rpm -ba --noclean $(RPM_OPTIONS)

# Both kinds are made anew, so that what is tested is what is committed.
test-packages: RPM_OPTIONS = --without check
test-packages: deb rpm  ## packages of both kinds, in clean systems that boot; 15 minutes
	$(SUDO) tests/packages/run build-deb build-rpm build-dist/testlog.json

lint: build-asan/build.ninja  ## format, clang-tidy, man pages, scripts, conventions
	packaging/install-dependencies lint
	clang-format --dry-run -Werror $(SOURCES)
	python3 -B tests/checks/includes.py .
	shellcheck packaging/install-dependencies packaging/make-* .ci/run tests/fuzz/run \
	    tests/packages/lintian tests/packages/reproducible tests/packages/dist tests/packages/ansible \
	    tests/packages/reproducible_rpm
	mandoc -Tlint -Wwarning man/*.[0-9]
	ninja -C build-asan skeletons
	run-clang-tidy -quiet -j$$(nproc) -p build-asan '/(src|tests/(lab|bench|fuzz))/[^/]*(/[^/]*)?\.cpp$$'

format:  ## lay out all sources as .clang-format says
	clang-format -i $(SOURCES)

asan: build-asan/build.ninja  ## clang, its warnings as errors; address and undefined-behaviour sanitizers
	ninja -C build-asan
	rm -f build-asan/report.*
	$(sanitizer_reports) $(test_asan) --no-suite lab
	$(test_asan) --logbase lablog $(SANITIZED)
	@! cat build-asan/report.* 2>/dev/null

# What a test starts reports into files: its exit status is nobody's concern there. The lab looks into
# the logs of its programs.
sanitizer_reports = ASAN_OPTIONS=log_path=$(CURDIR)/build-asan/report \
    UBSAN_OPTIONS=log_path=$(CURDIR)/build-asan/report:print_stacktrace=1

test_asan = meson test -C build-asan --no-rebuild --print-errorlogs --timeout-multiplier 3

# The one build with clang, of everything; with its sanitizers it takes a third of the time that gcc
# takes with its own.
build-asan/build.ninja:
	packaging/install-dependencies build bench lint fuzz
	CXX=clang++ CC=clang meson setup build-asan -Doptimization=1 -Dwerror=true -Dbench=enabled \
	    -Db_sanitize=address,undefined -Db_lundef=false

tsan: build-tsan/build.ninja  ## thread sanitizer: unit tests
	ninja -C build-tsan
	TSAN_OPTIONS=suppressions=$(CURDIR)/tests/tsan.supp \
	    meson test -C build-tsan --no-rebuild --print-errorlogs --no-suite lab

build-tsan/build.ninja:
	meson setup build-tsan -Doptimization=1 -Db_sanitize=thread

fuzz: build-fuzz/build.ninja  ## each fuzzer for FUZZ_SECONDS (60), under the sanitizers
	ninja -C build-fuzz fuzzers
	ls tests/fuzz/corpus | xargs -n 1 -P "$$(nproc)" tests/fuzz/run build-fuzz $(FUZZ_SECONDS)

build-fuzz/build.ninja:
	packaging/install-dependencies build fuzz
	CXX=clang++ CC=clang meson setup build-fuzz -Doptimization=1 -Dfuzz=true \
	    -Db_sanitize=address,undefined -Db_lundef=false

clean:  ## remove every build
	rm -rf build build-asan build-bench build-tsan build-fuzz build-dist build-deb build-rpm
