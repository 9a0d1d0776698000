# One verb for each thing to do; every verb does the set-up it needs. `make` alone explains them.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

ENV ?= dev
VERSION ?=
TO ?=
MEDIA ?=
UNPROTECT ?=
# The commands for an environment that runs; the local one is on the embedded AWS.
COMMAND = python -m $(if $(filter local,$(ENV)),local run )instandt_cdk.commands

export PATH := $(CURDIR)/.venv/bin:$(PATH)
SUDO := $(if $(filter-out 0,$(shell id -u)),sudo)
QUIETLY := DEBIAN_FRONTEND=noninteractive DEBCONF_NOWARNINGS=yes
INSTALLED := .venv/.installed

.PHONY: help install debian lock fmt lint types test docs synth diff doctor cost deploy destroy smoke bundle shell session psql logs migrate readers rollback restore rotate local local-status local-down bench clean

help: ## Explain the verbs
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

install: $(INSTALLED) ## Install everything that is pinned, into .venv and node_modules

.venv/bin/python:
	@python3 -c 'import ensurepip' 2>/dev/null || { echo "Installing python3-venv …"; $(SUDO) apt-get update -qq; $(SUDO) env $(QUIETLY) apt-get install -qq -y python3-venv > /dev/null; }
	@python3 -m venv .venv

$(INSTALLED): .venv/bin/python requirements-dev.txt $(wildcard lambdas/*/requirements.txt) package-lock.json requirements-checkov.txt
	@echo "Installing Python packages …"
	@python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements-dev.txt
	@uv venv --quiet --clear .cache/checkov
	@uv pip sync --quiet --python .cache/checkov --require-hashes requirements-checkov.txt
	@echo "Installing the CDK CLI …"
	@npm ci --silent --no-fund --no-audit
	@echo "Filling caches, so that later synths need no network …"
	@mkdir -p .cache
	@npx cdk synth --quiet --output .cache/cdk.out > .cache/synth.log 2>&1 || { cat .cache/synth.log; exit 1; }
	@touch $@

# The servers of the embedded AWS and of the tests. Debian's PostgreSQL would start a cluster of its own, and its
# registry a service: they are told not to.
debian:
	@missing=(); \
	command -v pebble > /dev/null || missing+=(pebble); \
	command -v docker-registry > /dev/null || { missing+=(docker-registry); $(SUDO) mkdir -p /etc/systemd/system; \
		$(SUDO) ln -sfn /dev/null /etc/systemd/system/docker-registry.service; }; \
	compgen -G '/usr/lib/postgresql/*/bin/postgres' > /dev/null || missing+=(postgresql); \
	if (( $${#missing[@]} )); then \
		echo "Installing Debian packages: $${missing[*]} …"; \
		$(SUDO) mkdir -p /etc/postgresql-common/createcluster.d; \
		echo 'create_main_cluster = false' | $(SUDO) tee /etc/postgresql-common/createcluster.d/instandt.conf > /dev/null; \
		$(SUDO) apt-get update -qq; \
		$(SUDO) env $(QUIETLY) apt-get install -qq -y --no-install-recommends "$${missing[@]}" > /dev/null; \
	fi

lock: .venv/bin/python ## Resolve the pinned versions anew after a change of a requirements.in
	uv pip compile --quiet --universal --generate-hashes --python-version 3.11 requirements-dev.in --output-file requirements-dev.txt
	uv pip compile --quiet --universal --generate-hashes --python-version 3.11 requirements.in --constraint requirements-dev.txt --output-file requirements.txt
	for package in certificate logins preflight; do \
		uv pip compile --quiet --generate-hashes --python-version 3.14 --python-platform aarch64-manylinux_2_28 \
			lambdas/$$package/requirements.in --constraint requirements-dev.txt \
			$(addprefix --no-emit-package ,boto3 botocore s3transfer jmespath python-dateutil six) \
			--output-file lambdas/$$package/requirements.txt; \
	done
	uv pip compile --quiet --universal --generate-hashes --python-version 3.11 requirements-checkov.in --output-file requirements-checkov.txt
	npm install --package-lock-only --silent

fmt: install ## Format the code
	@ruff format --quiet
	@ruff check --quiet --fix

lint: install ## Check format and style
	@ruff format --check --quiet
	@ruff check --quiet

types: install ## Check the types, strictly
	@mypy

test: install debian ## Run all tests, with real servers on loopback
	@python -m pytest

docs: install ## Generate the pages of docs/
	@mkdir -p .cache
	@npx cdk synth --quiet -c env=prod > .cache/synth.log 2>&1 || { cat .cache/synth.log; exit 1; }
	@python -m instandt_cdk.settings
	@python -m instandt_cdk.compliance.page cdk.out > docs/compliance.md
	@python -m instandt_cdk.diagram cdk.out > docs/architecture.svg
	@python -m tests.changes.page
	@python -m tests.cost.page

synth: install ## Synthesize the templates of ENV into cdk.out
	@npx cdk synth --quiet -c env=$(ENV)

diff: install ## Show what a deployment of ENV would change
	@npx cdk diff -c env=$(ENV)

doctor: install ## Look whether ENV can be deployed, without changing anything
	@python -m instandt_cdk.doctor $(ENV)

deploy: install ## Deploy ENV to AWS; GITLAB_TOKEN is needed the first time
	@python -m instandt_cdk.deploy $(ENV)

destroy: install ## Take ENV down and say what is left; UNPROTECT=yes takes the protection off first
	@$(COMMAND) destroy $(ENV) $(if $(UNPROTECT),--unprotect)

cost: install ## Estimate what ENV costs in a month, without asking AWS
	@python -m instandt_cdk.commands cost $(ENV)

smoke: install ## Try the site of ENV, and look whether ENV is well: a line each
	@$(COMMAND) smoke $(ENV)

logs: install ## Follow what the containers of ENV say; OF=backend only one of them
	@$(COMMAND) logs $(ENV) $(if $(OF),--of $(OF))

psql: install ## Open psql on the bastion of ENV, to read the database
	@$(COMMAND) psql $(ENV)

session: install ## Open a shell on the bastion of ENV, inside the network
	@$(COMMAND) session $(ENV)

shell: install ## Open a shell in a container of ENV: CONTAINER=backend or frontend
	@$(COMMAND) shell $(ENV) $(if $(CONTAINER),--container $(CONTAINER))

bundle: install ## Collect in a file what support would ask for, and the most probable cause
	@$(COMMAND) bundle $(ENV)

migrate: install ## Run the database migration of ENV again
	@$(COMMAND) migrate $(ENV)

readers: install ## Show who may read the secrets of ENV
	@$(COMMAND) readers $(ENV)

rollback: install ## Bring the former version of ENV back, without another migration
	@$(COMMAND) rollback $(ENV)

restore: install ## Bring database and media of ENV back to TO, a time or a snapshot; MEDIA=leave: the database alone
	@$(COMMAND) restore $(ENV) --to "$(TO)" $(if $(MEDIA),--media "$(MEDIA)")

rotate: install ## Replace the database's login of ENV and the tasks that use it; WHAT=jwt: the JWT keys
	@$(COMMAND) rotate $(ENV) $(if $(WHAT),--what "$(WHAT)")

local: install debian ## Run instaNDT on an embedded AWS on this machine; VERSION=2.0.0 upgrades it
	@python -m local up $(if $(VERSION),--version $(VERSION)) $(if $(GITLAB_TOKEN),--token "$$GITLAB_TOKEN")

local-status: install ## Show what runs on the embedded AWS
	@python -m local status

local-down: install ## Delete the embedded AWS and all that runs on it
	@python -m local down

bench: install ## Measure what a synth costs
	@python -m benchmarks.synth

clean: ## Remove what was installed and built
	@rm -rf .venv .cache node_modules cdk.out .mypy_cache .pytest_cache .ruff_cache .hypothesis
