"""Names the modules that carry out the lines of `features/`; nothing else lives here."""

pytest_plugins = [
    "steps.accounts",
    "steps.archive",
    "steps.bedrock",
    "steps.connections",
    "steps.emulator",
    "steps.hotels",
    "steps.models",
    "steps.programs",
    "steps.results",
    "steps.statements",
    "steps.tableflow",
    "steps.tables",
    "steps.tools",
    "steps.topics",
]
