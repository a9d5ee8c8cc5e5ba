"""`--llm URL`: a real model behind the emulator's routes."""

from runthrough.emulator.llm.asking import Llm
from runthrough.emulator.llm.server import KEY_VARIABLE, TIMEOUT, LlmServer, read_server

__all__ = ["KEY_VARIABLE", "TIMEOUT", "Llm", "LlmServer", "read_server"]
