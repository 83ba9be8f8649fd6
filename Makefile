# The two commands of the README: make demo, make test. Everything else is below.
BUILD ?= build
PREFIX ?= /usr/local
JOBS ?= $(shell nproc)
SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo)
PACKAGES := $(shell sed -e 's/\#.*//' tools/debian-packages.txt)

.PHONY: all deps need-deps demo test quick bench install clean format

all: need-deps
	@[ -f $(BUILD)/build.ninja ] || cmake -S . -B $(BUILD) -G Ninja $(CMAKE_FLAGS)
	@cmake --build $(BUILD) -j $(JOBS)

# Installs what is missing and nothing else, so that a machine without a network but with the packages builds.
need-deps:
	@dpkg-query -W -f='$${Status}\n' $(PACKAGES) 2>&1 | grep -qv '^install ok installed' && $(MAKE) --no-print-directory deps || true

deps:
	$(SUDO) apt-get update -qq
	$(SUDO) env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $(PACKAGES)

test: CMAKE_FLAGS += -DLOLIGO_WERROR=ON
test: all
	@ctest --test-dir $(BUILD) --output-on-failure -j $(JOBS)

install: all
	cmake --install $(BUILD) --prefix $(PREFIX)

clean:
	rm -rf $(BUILD)
