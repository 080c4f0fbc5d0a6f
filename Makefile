# make            build .venv and run the campaign (CONFIG=config/demo.yaml unless given)
# make plan       print what the campaign would run and cost, before it runs (NODES=1 of 40 cores)
# make figures    draw all figures again from the stored tables and particle states, without LAMMPS
# make test       add the development tools to .venv and run the tests
# make test-slurm run the tests that need a Slurm of their own (Debian: slurmctld slurmd slurm-client munge)
# make test-container  run the container recipe's steps in a bare Debian (as root, with debootstrap)
# make test-faults  the fault campaign: 100 kills, disk full, read-only results, clock jumps (a quarter of an hour)
# make lint       format and lint checks
# make docs       write the config reference and schema from the models
# make report     run the campaign and write results/<campaign>/report.html
# make archive    run the campaign and pack it for a repository: results/<campaign>/castline-<campaign>.zip
# make tutorials  follow the tutorials and store the pictures that their commands draw
# make docs-site  build the documentation, docs/_build/index.html

CONFIG ?= config/demo.yaml
CORES ?= all
NODES ?= 1
PYTHON ?= python3
BIN := .venv/bin
CAMPAIGN = $(shell $(BIN)/castline check "$(CONFIG)" 2>/dev/null)

.PHONY: campaign plan figures test test-slurm test-container test-faults lint docs report archive tutorials docs-site clean
.DEFAULT_GOAL := campaign

campaign: .venv/ready
	@$(BIN)/castline check "$(CONFIG)" >/dev/null
	$(BIN)/snakemake --configfile $(CONFIG) --cores $(CORES)
	@echo && cat results/$(CAMPAIGN)/summary.txt

plan: .venv/ready
	$(BIN)/castline plan $(CONFIG) --nodes $(NODES)

figures: .venv/ready
	@$(BIN)/castline check "$(CONFIG)" >/dev/null
	$(BIN)/snakemake figures --forceall --configfile $(CONFIG) --cores $(CORES)

test: .venv/tools
	$(BIN)/pytest

test-slurm: .venv/tools
	$(BIN)/pytest -m slurm tests/slurm

test-container: .venv/tools
	$(BIN)/pytest -m container tests/container

test-faults: .venv/tools
	CASTLINE_FAULT_LONG=1 CASTLINE_FAULT_KILLS=100 CASTLINE_FAULT_PLANS=40 $(BIN)/pytest -s tests/faults

lint: .venv/tools
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/snakefmt --check Snakefile workflow/Snakefile workflow/rules
	$(BIN)/snakemake --lint

docs: .venv/ready
	$(BIN)/python -m castline.campaign.config_docs

report: .venv/ready
	@$(BIN)/castline check "$(CONFIG)" >/dev/null
	$(BIN)/snakemake report --configfile $(CONFIG) --cores $(CORES)
	$(BIN)/snakemake report --configfile $(CONFIG) --report results/$(CAMPAIGN)/report.html \
		--report-stylesheet workflow/report/report.css
	@echo && ls -lh results/$(CAMPAIGN)/report.html

archive: .venv/ready
	@$(BIN)/castline check "$(CONFIG)" >/dev/null
	$(BIN)/snakemake archive --configfile $(CONFIG) --cores $(CORES)
	@echo && ls -lh results/$(CAMPAIGN)/castline-$(CAMPAIGN).zip

tutorials: .venv/tools
	CASTLINE_STORE_PICTURES=1 $(BIN)/pytest tests/workflow/test_tutorials.py

docs-site: .venv/tools
	$(BIN)/sphinx-build -W --keep-going -q docs docs/_build

.venv/ready: envs/requirements.txt pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "castline needs Python 3.11 or newer")'
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --no-compile -r envs/requirements.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $@

.venv/tools: .venv/ready envs/requirements-dev.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-compile -r envs/requirements-dev.txt
	touch $@

clean:
	rm -rf .venv .snakemake results/demo results/test logs
