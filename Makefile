# FlashAttention, Tile by Tile. `make` alone lists the targets.
#
# Everything runs in .venv/, which the first target that needs it makes. Settings:
#   ARGS    more words for the command:   make lab ARGS=--no-browser
#   PYTHON  the Python to start from:     make test PYTHON=python3.12
#   TORCH   another build of torch:
#     make lab TORCH="torch==2.13.0 --index-url https://download.pytorch.org/whl/cpu"

NEW_ENOUGH := import sys; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell for p in python3.11 python3 python3.13 python3.12; do \
	$$p -c '$(NEW_ENOUGH)' 2>/dev/null && echo $$p && break; done)
TORCH ?= torch==2.13.0
BIN := .venv/bin
READY := .venv/.done
EXTRAS := course,dev,grade,cluster,postgres,triton
ARGS ?=
.DEFAULT_GOAL := help
.PHONY: help lab build check test test-matrix test-colab grade system clean

help: ## list the targets
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1|/' | \
		awk -F'|' '{printf "%-18s %s\n", $$1, $$2}'

lab: $(READY) ## open JupyterLab on course/ (on a server: ARGS=--no-browser)
	$(BIN)/jupyter lab --ServerApp.root_dir=course $(if $(filter 0,$(shell id -u)),--allow-root) $(ARGS)

build: $(READY) ## lessons/ -> solutions/ and course/
	$(BIN)/python tools/build_lessons.py $(ARGS)

check: $(READY) ## are the notebooks up to date, is the code clean? (seconds)
	$(BIN)/python tools/build_lessons.py --check
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

test: check system ## everything that CI runs
	$(BIN)/python -m pytest $(ARGS)

test-matrix: $(READY) ## the bench against several versions of triton
	$(BIN)/python tools/test_matrix.py $(ARGS)

test-colab: $(READY) system ## the widgets with the package versions that Colab ships
	$(BIN)/python tools/test_colab.py $(ARGS)

grade: $(READY) ## grade a folder: ARGS="FOLDER --lesson 01_naive_attention" (default: the sample class)
	$(BIN)/python -m autograder grade $(ARGS)

system: $(READY)
	@sh tools/system_packages.sh $(BIN)/python

clean: ## remove .venv/ and caches; notebooks and grades stay
	rm -rf .venv build *.egg-info .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# torch first and in a call of its own, so that TORCH can name an index that has nothing else.
# A Python without ensurepip (Debian's, without python3-venv) lends the environment its own pip.
$(READY): pyproject.toml constraints.txt
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed; make PYTHON=... names one"; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv .venv 2>/dev/null || \
		{ $(PYTHON) -m venv --clear --without-pip .venv && $(PYTHON) -m pip --python $(BIN)/python install -q pip; }
	$(BIN)/python -m pip install -q --disable-pip-version-check $(TORCH)
	$(BIN)/python -m pip install -q --disable-pip-version-check -c constraints.txt -e '.[$(EXTRAS)]'
	touch $@
