# `make run` and `make test` are all a fresh machine with a Swift toolchain needs; `make help`
# lists the rest.

SWIFT ?= swift
PREFIX ?= /usr/local
# Not every shell expands the ~ of `make install PREFIX=~/.local`.
override PREFIX := $(patsubst ~,$(HOME),$(patsubst ~/%,$(HOME)/%,$(PREFIX)))
DESTDIR ?=
STARTER ?= .build/starter
CALIBRATION ?= $(wildcard ../shared/data/training/training-6.tar)
IMAGE ?= Tests/Fixtures/photos/coffee.png

# On Linux the Swift libraries go into the program, so that it runs where there is no Swift. On
# macOS they belong to the system.
ifeq ($(shell uname -s),Linux)
# Symbols stay out: they are half of the file.
STATIC := --static-swift-stdlib -Xlinker -s
endif

PROGRAM := .build/release/alexnet
EXTRAS := .build/extras
# Tests build elsewhere, so that they never touch the program that `make build` left.
TESTS := --scratch-path .build-tests

SWIFT_SOURCES := Package.swift Sources Tests Scripts
SHELL_SCRIPTS := .ci/run $(wildcard Scripts/*.sh Scripts/*/*.sh)

.PHONY: bench bench-peers test-batch test-kills test-recipes test-report test-scale test-interop \
  test-kernels test-neon test-sanitize fuzz run build extras install uninstall test starter lint \
  format clean help dependencies built
.DEFAULT_GOAL := help

## run: build, then classify a photo (IMAGE=path)
run: build
	@$(PROGRAM) "$(IMAGE)"

## build: the release program, .build/release/alexnet
build: dependencies
	$(SWIFT) build -c release $(STATIC) --product alexnet

## install: program, completions and manual page under PREFIX (/usr/local), staged under DESTDIR
# With sudo, nothing is built: the compiler may be in the user's PATH only, and files that root
# builds would belong to root.
install: $(if $(SUDO_USER),built,extras)
	install -d "$(DESTDIR)$(PREFIX)/bin" "$(DESTDIR)$(PREFIX)/share/man/man1" \
	  "$(DESTDIR)$(PREFIX)/share/bash-completion/completions" \
	  "$(DESTDIR)$(PREFIX)/share/zsh/site-functions" \
	  "$(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d" \
	  "$(DESTDIR)$(PREFIX)/share/doc/alexnet"
	install -m 755 $(PROGRAM) "$(DESTDIR)$(PREFIX)/bin/alexnet"
	install -m 644 $(EXTRAS)/alexnet.1 "$(DESTDIR)$(PREFIX)/share/man/man1/alexnet.1"
	install -m 644 $(EXTRAS)/alexnet.bash \
	  "$(DESTDIR)$(PREFIX)/share/bash-completion/completions/alexnet"
	install -m 644 $(EXTRAS)/_alexnet "$(DESTDIR)$(PREFIX)/share/zsh/site-functions/_alexnet"
	install -m 644 $(EXTRAS)/alexnet.fish \
	  "$(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/alexnet.fish"
	install -m 644 Sources/CStarterModel/WORDNET-LICENSE.txt "$(DESTDIR)$(PREFIX)/share/doc/alexnet"

## uninstall: take away what install put under PREFIX
uninstall:
	rm -f "$(DESTDIR)$(PREFIX)/bin/alexnet" \
	  "$(DESTDIR)$(PREFIX)/share/man/man1/alexnet.1" \
	  "$(DESTDIR)$(PREFIX)/share/bash-completion/completions/alexnet" \
	  "$(DESTDIR)$(PREFIX)/share/zsh/site-functions/_alexnet" \
	  "$(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/alexnet.fish" \
	  "$(DESTDIR)$(PREFIX)/share/doc/alexnet/WORDNET-LICENSE.txt"

built:
	@test -x $(PROGRAM) -a -f $(EXTRAS)/alexnet.1 || { \
	  echo "first, without sudo: make extras" >&2; exit 1; }

## extras: shell completions and the manual page, in .build/extras
extras: build
	@Scripts/make-extras.sh $(PROGRAM) $(EXTRAS)

## test: every test, in release, in a build folder of its own
test: dependencies test-kernels
	$(SWIFT) test -c release $(TESTS) --disable-xctest

## test-kills: a training that is killed twenty times ends with the same bytes
test-kills: dependencies
	ALEXNET_TEST_KILLS=20 $(SWIFT) test -c release $(TESTS) --disable-xctest \
	  --filter TrainSafetyTests

## test-interop: files, results and training steps beside the frameworks; installs PyTorch and more
test-interop: build
	@Scripts/interop/run.sh $(PROGRAM) $(SWIFT) test -c release $(TESTS) --disable-xctest

## test-report: reports in a browser without a window; installs Chromium and Playwright
test-report: build
	@Scripts/test-report/run.sh $(PROGRAM)

## test-recipes: the commands of README.md on a few photos; installs jq and pandas
test-recipes: build
	@Scripts/test-recipes/run.sh $(PROGRAM)

## test-kernels: every C kernel of this processor beside plain C, on memory with guarded ends
test-kernels: dependencies
	@Scripts/test-kernels.sh
	@Scripts/test-kernels.sh address
	@Scripts/test-kernels.sh undefined

## test-neon: every C kernel beside plain C, here and as on ARM, with QEMU, which it installs
test-neon:
	@Scripts/test-neon.sh

## test-batch: COUNT files (20000), some damaged; kills, signals, limits, system calls
test-batch: build
	@Scripts/batch/test.sh $(PROGRAM) $(COUNT)

## test-scale: Spark, Ray and shards on COUNT images (20000) beside one process; installs them
test-scale: build
	@Scripts/scale/test.sh $(PROGRAM) $(COUNT)

## test-sanitize: the tests under the address, undefined-behaviour and thread sanitizers
test-sanitize: dependencies
	@SWIFT=$(SWIFT) Scripts/test-sanitize.sh $(SANITIZERS)

## fuzz: readers of files with random changes, SECONDS=60 for each, JOBS at a time
fuzz: dependencies
	@SWIFT=$(SWIFT) Scripts/fuzz/run.sh $(or $(SECONDS),60) $(TARGETS)

## starter: make the built-in model anew from STARTER=folder, 8 bits from CALIBRATION=images
starter: build
	@Scripts/build-starter.sh $(PROGRAM) "$(STARTER)" "$(CALIBRATION)"

## bench-peers: speed beside PyTorch, ONNX Runtime, OpenVINO and OpenCV, which it installs
bench-peers: build
	@Scripts/bench-peers/run.sh $(PROGRAM)

## bench: compare speed with Scripts/bench/baseline.json; RECORD=1 makes that anew
bench: build
	@Scripts/install-dependencies.sh valgrind || true
	@python3 Scripts/bench/bench.py $(PROGRAM) $(if $(RECORD),--record)

## lint: style of the Swift and C sources, line lengths, imports, syntax of the shell scripts
lint:
	$(SWIFT) format lint --strict --recursive --parallel $(SWIFT_SOURCES)
	@Scripts/format-c.sh --check
	@Scripts/line-lengths.sh
	@Scripts/check-imports.py
	@for script in $(SHELL_SCRIPTS); do bash -n "$$script" || exit 1; done
	@if command -v shellcheck >/dev/null; then shellcheck $(SHELL_SCRIPTS); fi

## format: rewrite the Swift and C sources in the project's style
format:
	$(SWIFT) format --in-place --recursive --parallel $(SWIFT_SOURCES)
	@Scripts/format-c.sh

## clean: remove everything that was built
clean:
	rm -rf .build .build-tests .build-fuzz .build-sanitize

## help: this list
help:
	@sed -n 's/^## //p' $(firstword $(MAKEFILE_LIST)) | \
	  awk -F': ' '{ printf "  make %-13s %s\n", $$1, $$2 }'

dependencies:
	@Scripts/install-dependencies.sh
