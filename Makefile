# make            build .venv and run the campaign (CONFIG=config/demo.yaml unless given)
# make test       build .venv and run the tests
# make lint       format and lint checks
# make docs       write the config reference and schema from the models
# make report     run the campaign and write results/<campaign>/report.html
# make docs-site  build the documentation, docs/_build/index.html

CONFIG ?= config/demo.yaml
CORES ?= all
PYTHON ?= python3
BIN := .venv/bin
CAMPAIGN = $(shell sed -n 's/^campaign: *//p' $(CONFIG))

.PHONY: campaign test lint docs report docs-site clean
.DEFAULT_GOAL := campaign

campaign: .venv/ready
	$(BIN)/snakemake --configfile $(CONFIG) --cores $(CORES)
	@echo && cat results/$(CAMPAIGN)/summary.txt

test: .venv/ready
	$(BIN)/pytest

lint: .venv/ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/snakefmt --check Snakefile workflow/rules
	$(BIN)/snakemake --lint

docs: .venv/ready
	$(BIN)/python -m castline.config_docs

report: .venv/ready
	$(BIN)/snakemake --configfile $(CONFIG) --cores $(CORES) report
	$(BIN)/snakemake --configfile $(CONFIG) --cores $(CORES) --report results/$(CAMPAIGN)/report.html report
	@echo && ls -lh results/$(CAMPAIGN)/report.html

docs-site: .venv/ready
	$(BIN)/sphinx-build -W --keep-going -q docs docs/_build

.venv/ready: envs/requirements.txt pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "castline needs Python 3.11 or newer")'
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check -r envs/requirements.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $@

clean:
	rm -rf .venv .snakemake results/demo results/test logs
