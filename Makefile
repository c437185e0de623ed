# make demo   install, then the whole chain on a small data set (LENS=file.fits [HDU=name] [PIXEL_SCALE=s] adds your own file)
# make test   everything CI checks      make lint | types | layers | unit | docs   one of them
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
STAMPS := $(VENV)/.stamps
PROJECT := pyproject.toml

.PHONY: demo test lint types layers unit oracle docs clean
.DELETE_ON_ERROR:

$(STAMPS)/venv:
	@$(PYTHON) -c 'import sys; sys.exit("lensym needs Python >= 3.11, found " + sys.version.split()[0] + "; try make PYTHON=python3.11") if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv $(VENV)
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/run: $(STAMPS)/venv $(PROJECT)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e .
	@touch $@

$(STAMPS)/test: $(STAMPS)/venv $(PROJECT)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[test]'
	@touch $@ $(STAMPS)/run

$(STAMPS)/oracle: $(STAMPS)/test
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[oracle]'
	@touch $@

demo: $(STAMPS)/run
	$(BIN)/python examples/demo.py $(if $(LENS),--lens '$(LENS)') $(if $(HDU),--hdu '$(HDU)') $(if $(PIXEL_SCALE),--pixel-scale '$(PIXEL_SCALE)')

# two at a time but for the tests, which share out the cores themselves
test: $(STAMPS)/test
	+@$(MAKE) --no-print-directory -j 2 lint types layers docs
	+@$(MAKE) --no-print-directory unit

lint: $(STAMPS)/test
	$(BIN)/ruff check . && $(BIN)/ruff format --check .

types: $(STAMPS)/test
	$(BIN)/mypy

layers: $(STAMPS)/test
	$(BIN)/lint-imports

# many tests start processes of their own, which import several times as long where Python may not keep what it compiled
unit: $(STAMPS)/test
	OMP_NUM_THREADS=1 PYTHONDONTWRITEBYTECODE= $(BIN)/pytest -n 2 -m 'not oracle'

# the comparison with lenstronomy and others, which only this step installs
oracle: $(STAMPS)/oracle
	OMP_NUM_THREADS=1 $(BIN)/pytest -m oracle tests/oracles

docs: $(STAMPS)/test
	$(BIN)/sphinx-build -q -W --keep-going -b html docs docs/_build/html

clean:
	rm -rf $(VENV) docs/_build demo .mypy_cache .ruff_cache .pytest_cache .hypothesis
