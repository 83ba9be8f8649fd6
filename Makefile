# The two commands of the README: make demo, make test. `make help` lists everything.
BUILD ?= build
PREFIX ?= /usr/local
JOBS ?= $(shell nproc)
RUN_LIST := tools/debian-packages.txt
DEV_LIST := tools/debian-packages-dev.txt
WEB_LIST := tools/debian-packages-web.txt
WASM_LIST := tools/debian-packages-wasm.txt
BENCH_LIST := tools/debian-packages-bench.txt
DOCS_LIST := tools/debian-packages-docs.txt
LINT_LIST := tools/debian-packages-lint.txt
LATELY ?= 16
CONFIGURE = cmake -S . -G Ninja

.PHONY: all help deps deps-dev deps-bench deps-docs demo test quick web wasm bench install man docs lint lint-lately lint-ready \
  format asan asan-all tsan fuzz-smoke fuzz coverage bits clean

all: ## build build/loligo and the library (installs missing Debian packages)
	@sh tools/need_packages.sh $(RUN_LIST)
	@command -v npm >/dev/null || sh tools/need_packages.sh $(WEB_LIST) || echo "all: no npm, so no page" >&2
	@sh tools/configure.sh $(BUILD) $(CMAKE_FLAGS)
	@cmake --build $(BUILD) -j $(JOBS) --target loligo loligo_shared loligo_static

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 22

deps: ## install what building and running needs
	@sh tools/need_packages.sh --refresh $(RUN_LIST)
	@command -v npm >/dev/null || sh tools/need_packages.sh --refresh $(WEB_LIST)

deps-dev: ## install what the checks need as well (clang-format …)
	@sh tools/need_packages.sh --refresh $(RUN_LIST) $(DEV_LIST) $(LINT_LIST)

deps-bench: ## install the peers of the benchmarks and validations (PyTorch, NEURON, Brian2 …)
	@sh tools/need_packages.sh --refresh $(BENCH_LIST)

deps-docs: ## install what makes the documentation (Doxygen, Sphinx)
	@sh tools/need_packages.sh --refresh $(DOCS_LIST)

web: all ## the page of loligo serve (web/), which is part of the program

demo: all ## clone a real recording that ships, write its report, print ten lines
	@sh tools/demo.sh $(BUILD)/loligo

test: CMAKE_FLAGS += -DLOLIGO_WERROR=ON
test: ## every gate, the quick ones first
	@sh tools/need_packages.sh $(RUN_LIST)
	@sh tools/need_packages.sh $(WASM_LIST) || echo "test: the WebAssembly modules are left out" >&2
	@sh tools/need_packages.sh $(DEV_LIST) || echo "test: some checks are left out, see below" >&2
	@sh tools/need_packages.sh $(DOCS_LIST) || echo "test: the documentation is left out" >&2
	@sh tools/check_format.sh
	@sh tools/check_layers.sh
	@sh tools/check_cli.sh
	@$(MAKE) --no-print-directory all CMAKE_FLAGS="$(CMAKE_FLAGS)"
	@cmake --build $(BUILD) -j $(JOBS)
	@ctest --test-dir $(BUILD) --output-on-failure -j $(JOBS)

quick: CMAKE_FLAGS += -DLOLIGO_WERROR=ON
quick: all ## only the unit tests
	@cmake --build $(BUILD) -j $(JOBS)
	@ctest --test-dir $(BUILD) --output-on-failure -j $(JOBS) -R '^test_'

ASAN_WITHOUT = gate|long
asan-all: ## all tests under AddressSanitizer and UndefinedBehaviorSanitizer
	@$(MAKE) --no-print-directory asan ASAN_WITHOUT=gate

asan: ## the tests under these sanitizers, but for the long ones (build-asan)
	@sh tools/need_packages.sh $(RUN_LIST)
	@sh tools/configure.sh build-asan -DCMAKE_BUILD_TYPE=Debug -DCMAKE_C_FLAGS_DEBUG="-O1 -g1" \
	  -DLOLIGO_SANITIZE=address,undefined
	@cmake --build build-asan -j $(JOBS)
	@ctest --test-dir build-asan --output-on-failure -j $(JOBS) -LE '$(ASAN_WITHOUT)'

tsan: ## the tests under ThreadSanitizer (build-tsan)
	@sh tools/need_packages.sh $(RUN_LIST)
	@sh tools/configure.sh build-tsan -DCMAKE_BUILD_TYPE=Debug -DCMAKE_C_FLAGS_DEBUG="-O1 -g1" -DLOLIGO_SANITIZE=thread
	@cmake --build build-tsan -j $(JOBS)
	@ctest --test-dir build-tsan --output-on-failure -j $(JOBS) -LE 'gate|fuzz'

fuzz-smoke: ## mutate the seeds of every parser under ASan and UBSan; ROUNDS=100000 for the figure of the docs
	@sh tools/configure.sh build-asan -DCMAKE_BUILD_TYPE=Debug -DCMAKE_C_FLAGS_DEBUG="-O1 -g1" \
	  -DLOLIGO_SANITIZE=address,undefined
	@cmake --build build-asan -j $(JOBS)
	@sh tools/fuzz_smoke.sh build-asan $(or $(ROUNDS),20000)

fuzz: ## libFuzzer programs (clang) in build-fuzz; run them by hand
	@sh tools/configure.sh build-fuzz -DCMAKE_C_COMPILER=clang -DCMAKE_BUILD_TYPE=Debug -DLOLIGO_FUZZ=ON \
	  -DLOLIGO_TESTS=OFF -DLOLIGO_SANITIZE=address,undefined
	@cmake --build build-fuzz -j $(JOBS)

coverage: ## line coverage of the tests (build-coverage, needs gcovr for the table)
	@sh tools/configure.sh build-coverage -DCMAKE_BUILD_TYPE=Debug -DCMAKE_C_FLAGS_DEBUG="-O0 -g --coverage" \
	  -DCMAKE_EXE_LINKER_FLAGS=--coverage -DCMAKE_SHARED_LINKER_FLAGS=--coverage
	@cmake --build build-coverage -j $(JOBS)
	@ctest --test-dir build-coverage -j $(JOBS) -LE 'gate|fuzz'
	@if command -v gcovr >/dev/null; then gcovr -r . --filter src/ build-coverage; \
	  else echo "coverage: gcovr is not installed; the counts lie in build-coverage/**/*.gcda"; fi

bits: ## every model that ships by every build, threads, ranks, WebAssembly: a table of SHA-256 (BITS="--only words")
	@JOBS=$(JOBS) sh tools/check_bits.sh $(BITS)

wasm: ## the core as WebAssembly modules in build/wasm (clang, lld, wasi-libc)
	@mkdir -p $(BUILD)
	@sh tools/build_wasm.sh $(BUILD)/wasm

bench: all ## benchmarks beside their peers, JSON lines on stdout
	@cmake --build $(BUILD) -j $(JOBS) --target benches
	@sh bench/run.sh $(BUILD)

lint: lint-ready ## clang-tidy, one file per process; shellcheck
	@sh tools/lint.sh $(BUILD) $(JOBS)

lint-lately: lint-ready ## clang-tidy of the files of src/ that history touched last (LATELY=16)
	@sh tools/lint.sh $(BUILD) $(JOBS) --lately $(LATELY)

lint-ready:
	@sh tools/need_packages.sh $(RUN_LIST)
	@sh tools/need_packages.sh $(LINT_LIST) || echo "lint: what is not installed does not check, see below" >&2
	@sh tools/configure.sh $(BUILD) $(CMAKE_FLAGS)
	@cmake --build $(BUILD) --target lg_commit

format: ## clang-format every source in place
	@sh tools/check_format.sh --fix

man: all ## manual pages from the option tables, in build/man
	@cmake --build $(BUILD) --target man

docs: all ## the documentation as a site in build/docs/html (Doxygen, Sphinx); warnings and broken links are errors
	@sh tools/need_packages.sh $(DOCS_LIST)
	@sh tools/check_docs.sh $(BUILD)

install: all man ## install below PREFIX (default /usr/local)
	cmake --install $(BUILD) --prefix $(PREFIX)

clean: ## remove the build folders
	rm -rf $(BUILD) build-asan build-tsan build-fuzz build-coverage build-bits-* build-bits.*
