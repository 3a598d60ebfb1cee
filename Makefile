# Every target sets up what it needs (scripts/bootstrap.py): the Python environments from their locks, and the catalogs.
# Paths are relative, so that a checkout below a folder with spaces works.

PYTHON ?= python3
ARGS ?=
PRODUCT ?= tests/product
DESK := .venv/bin/python
BOT := bot/.venv/bin/python
PYTEST := $(DESK) -m pytest
# Workers, by files: tests that compute take a core each, tests that wait for processes leave it to others.
COMPUTING := -n $${CITYDESK_WORKERS:-2} --dist loadfile
WAITING := -n $${CITYDESK_WORKERS:-4} --dist loadfile
# These say themselves what stays together (their conftest.py); each worker has a product or a browser of its own.
GROUPED := -n $${CITYDESK_WORKERS:-2} --dist loadgroup
# The plugin of schemathesis is for contracts alone: each process that loads it is busy for a second.
PLAIN := -p no:schemathesis
# The bot's tests run on the bot's Python, and must not load the fixtures of the others.
BOT_PYTEST := $(BOT) -m pytest -c tests/bot/pytest.ini
# The model of the words as they are: trained at most once, and shared with `make run`.
MODEL = CITYDESK_MODEL="$$($(DESK) -m desk train)"

export PYTHONUTF8 := 1
# Hundreds of commands and servers start in a run: compiled once, each starts in half the processor time.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup setup-stock run test test-quick test-rasa test-unit test-contract test-integration test-attacks fuzz test-product test-architecture test-bot test-nlu \
	test-conformance test-e2e pictures test-stock test-chaos check check-pages check-watch check-deploy check-policies image-check sbom advisories docs clean

help: ## this list
	@sed -n 's/^\([a-z0-9-]*\):.*## \(.*\)/\1|\2/p' Makefile | while IFS='|' read -r name text; do printf '  make %-18s %s\n' "$$name" "$$text"; done

setup: ## both environments and the catalogs
	@$(PYTHON) scripts/bootstrap.py

setup-stock: ## Rasa with all that it asks for, for its own commands and for benchmarks (2.6 GB, Python 3.11)
	@$(PYTHON) scripts/bootstrap.py --stock

run: setup ## everything on http://127.0.0.1:8080 (options: make run ARGS="--port 8090")
	@exec $(DESK) -m desk run $(ARGS)

test: test-quick test-integration test-attacks test-product test-rasa ## every test that needs nothing from outside the repository

test-quick: setup ## what needs no database and no bot: units, contracts, what must stay true of the code itself
	$(PYTEST) $(COMPUTING) tests/unit tests/contract tests/architecture $(ARGS)

test-rasa: setup ## what runs on the bot's Python: the bot as a function, what is understood
	$(MODEL) $(BOT_PYTEST) $(COMPUTING) tests/bot tests/nlu $(ARGS)

test-unit: setup ## no input or output, seconds
	$(PYTEST) tests/unit $(ARGS)

test-contract: setup ## the same cases over every implementation
	$(PYTEST) tests/contract $(ARGS)

test-architecture: setup ## what must stay true of the code itself
	$(PYTEST) tests/architecture $(ARGS)

test-integration: setup ## real PostgreSQL, Valkey, Rasa
	$(PYTEST) $(PLAIN) $(WAITING) tests/integration $(ARGS)

test-attacks: setup ## what attackers tried, and got
	$(PYTEST) $(PLAIN) $(WAITING) tests/attacks $(ARGS)

fuzz: setup ## 100,000 cases for every parser and the web, in hours (CITYDESK_CASES, _SEED)
	CITYDESK_CASES="$${CITYDESK_CASES:-100000}" $(PYTEST) tests/attacks/test_parsers.py tests/attacks/test_requests.py tests/attacks/test_staff_requests.py -s $(ARGS)

test-product: setup ## the whole product through its public API
	$(PYTEST) $(PLAIN) $(GROUPED) $(PRODUCT) $(ARGS)

test-bot: setup ## the bot as a function, on its own Python
	$(BOT_PYTEST) tests/bot $(ARGS)

test-nlu: setup ## what is understood
	$(MODEL) $(BOT_PYTEST) $(COMPUTING) tests/nlu $(ARGS)

test-conformance: setup ## foreign data: the folder named by CITYDESK_CONFORMANCE
	$(PYTEST) $(PLAIN) tests/conformance $(ARGS)

test-e2e: setup ## the whole product in headless Chromium
	$(PYTEST) $(PLAIN) $(GROUPED) tests/e2e $(ARGS)

pictures: setup ## pictures of every page (tests/e2e/screenshots), and those of the console for docs/
	CITYDESK_PICTURES=1 $(PYTEST) $(GROUPED) tests/e2e $(ARGS)
	$(DESK) scripts/pictures.py

test-stock: setup-stock ## programs of others: Rasa's own commands on our data, an identity provider of npm
	$(PYTEST) $(PLAIN) tests/stock $(ARGS)

test-chaos: setup ## 1,000 payments while processes are killed, 10,000 claims of tickets, in some minutes (CITYDESK_SEED, _ORDERS, _KILLS, _CLAIMS)
	$(PYTEST) tests/chaos -s $(ARGS)

check: setup ## style, types, layers, catalogs, documentation
	@sh scripts/check.sh

check-pages: setup ## residents' pages as Lighthouse (of npm) measures them on a telephone, in Chromium
	$(PYTEST) $(PLAIN) tests/pages $(ARGS)

check-deploy: setup ## images' files, compose, chart and units: linted, rendered, by schemas; no daemon, no cluster
	@$(PYTHON) scripts/bootstrap.py --deploy
	@sh deploy/checks/check.sh

check-policies: check-deploy ## the rendered chart by the policies of checkov (a hundred packages more)
	@sh deploy/checks/policies.sh

image-check: setup ## build both images with buildah and try them, in some minutes; as root, 6 GB (ARGS=--built: as built before)
	@bash deploy/checks/images.sh $(ARGS)

check-watch: setup ## alert rules with their tests, dashboards, the example for Prometheus (promtool)
	@sh scripts/check_watch.sh

sbom: setup ## bills of materials of what serves (CycloneDX), into results/sbom
	@$(DESK) scripts/sbom.py $(ARGS)

advisories: setup ## known vulnerabilities in our locks, by the list that is kept (ask OSV too: make advisories ARGS=--online)
	@$(DESK) scripts/advisories.py check $(ARGS)

docs: setup ## write the generated pages of docs/reference and .env.example
	@$(DESK) scripts/reference.py write

clean: ## remove what can be made again; keeps .desk, the data
	rm -rf .venv bot/.venv bot/stock/.venv deploy/checks/.venv deploy/checks/.venv-policies .tools .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache results
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
