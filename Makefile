# Each target is a few lines of cargo, sam or python. Nothing is installed outside target/ and .venv/.
PYTHON ?= python3
VENV := .venv
# The lists are complete and hashed, so pip has nothing to resolve.
PIP := pip install --quiet --disable-pip-version-check --no-deps --require-hashes
export SAM_CLI_TELEMETRY := 0
export STAND_INS_BIN := $(or $(CARGO_TARGET_DIR),$(CURDIR)/target)/debug/stand-ins

.PHONY: demo test bench scale build deploy tools
.DEFAULT_GOAL := test

demo: tools ## the whole product on this machine, in about a minute after the first compile
	cargo build --workspace --all-targets
	$(VENV)/bin/python infra/local/demo.py

test: tools $(VENV)/oracle.stamp $(VENV)/guard.stamp $(VENV)/reports.stamp $(VENV)/checkov.stamp ## everything that must hold
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings
	cargo test --workspace
	$(VENV)/bin/cfn-lint template.yaml infra/member.yaml
	AWS_REGION=us-east-1 $(VENV)/bin/sam validate --lint
	$(VENV)/checkov/bin/checkov --config-file infra/checks/checkov.yaml
	cargo build --workspace --all-targets
	$(VENV)/bin/python -m pytest -q infra

bench: tools $(VENV)/bench.stamp $(VENV)/custodian.stamp $(VENV)/oracle.stamp ## calls, wall time, start, memory and size, beside other tools
	cargo build --release -p iam -p on-change -p sweep -p warden -p stand-ins -p trail --bins --examples
	PYTHONPATH=infra/local $(VENV)/bin/python -m bench

scale: tools ## a night of 50 accounts, 2 Regions and 20,000 functions on this machine; one place of 10,000
	cargo build --release -p sweep -p plan-sweep -p on-change -p digest@0.0.0 -p remediate -p stand-ins --bins --examples
	WARDEN_BINARIES=release $(VENV)/bin/python infra/local/scale.py
	PYTHONPATH=infra/local WARDEN_BINARIES=release $(VENV)/bin/python -m bench.sweep 10000

build: tools $(VENV)/build.stamp ## what `make deploy` uploads
	PATH="$(CURDIR)/$(VENV)/build/bin:$(CURDIR)/$(VENV)/bin:$$PATH" sam build

deploy: build ## into the account of your credentials
	$(VENV)/bin/sam deploy --guided

# A stamp per environment: a second run costs nothing.
tools: $(VENV)/tools.stamp $(VENV)/emulator.stamp

$(VENV)/tools.stamp: infra/local/requirements.txt
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/$(PIP) -r $<
	touch $@

$(VENV)/emulator.stamp: infra/local/requirements-emulator.txt $(VENV)/tools.stamp
	$(PYTHON) -m venv $(VENV)/emulator
	$(VENV)/emulator/bin/$(PIP) -r $<
	touch $@

# Node, the simulator that our IAM decisions are compared with, and the linter of state machines.
$(VENV)/oracle.stamp: infra/local/requirements-oracle.txt infra/checks/oracle/package-lock.json $(VENV)/tools.stamp
	$(PYTHON) -m venv $(VENV)/oracle
	$(VENV)/oracle/bin/$(PIP) -r $<
	cp infra/checks/oracle/package*.json $(VENV)/oracle
	cd $(VENV)/oracle && bin/npm ci --ignore-scripts --no-audit --no-fund --silent
	touch $@

# CloudFormation Guard with AWS's own rules, as one package of npm has both; of its peers nothing is needed.
$(VENV)/guard.stamp: infra/checks/guard/package-lock.json $(VENV)/oracle.stamp
	mkdir -p $(VENV)/guard
	cp infra/checks/guard/package*.json $(VENV)/guard
	cd $(VENV)/guard && ../oracle/bin/npm ci --legacy-peer-deps --ignore-scripts --no-audit --no-fund --silent
	touch $@

# SARIF's schema and a Chromium for Linux on x86-64, which comes packed and unpacks itself into TMPDIR. Told that it runs
# in Lambda, it brings the libraries of a system that has none.
$(VENV)/reports.stamp: infra/checks/reports/package-lock.json $(VENV)/oracle.stamp
	rm -rf $(VENV)/reports
	mkdir -p $(VENV)/reports/browser
	cp infra/checks/reports/package*.json $(VENV)/reports
	cd $(VENV)/reports && ../oracle/bin/npm ci --ignore-scripts --no-audit --no-fund --silent
	cd $(VENV)/reports && TMPDIR=$$PWD/browser AWS_EXECUTION_ENV=24.x ../oracle/bin/node --input-type=module \
		--eval 'import chromium from "@sparticuz/chromium"; await chromium.executablePath()'
	touch $@

$(VENV)/build.stamp: infra/local/requirements-build.txt $(VENV)/tools.stamp
	$(PYTHON) -m venv $(VENV)/build
	$(VENV)/build/bin/$(PIP) -r $<
	touch $@

# Other people's scanners, each with its own pins.
$(VENV)/bench.stamp $(VENV)/checkov.stamp $(VENV)/custodian.stamp: $(VENV)/%.stamp: infra/local/requirements-%.txt $(VENV)/tools.stamp
	$(PYTHON) -m venv $(VENV)/$*
	$(VENV)/$*/bin/$(PIP) -r $<
	touch $@
