"""A whole world file, and how one is read."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

import yaml
from pydantic import Field, ValidationError

from runthrough.emulator.mistakes import say
from runthrough.emulator.world.aws import AwsAccount
from runthrough.emulator.world.confluent import (
    Cluster,
    ComputePool,
    ConfluentKey,
    Environment,
    Organization,
    Principal,
    Propagation,
    RoleBinding,
    SchemaRegistry,
)
from runthrough.emulator.world.openai import OpenAiAccount
from runthrough.emulator.world.parts import Part
from runthrough.errors import EmulatorError


class World(Part):
    """A whole world file.

    Attributes:
        role_bindings: None = users administer the organization, service accounts the environment.
        storage: the folder of Tableflow's own tables; None = one that goes with the emulator.
        pools_run_out: whether a compute pool takes no more statements than it has CFUs, one a
            statement; those beyond wait, PENDING.
    """

    organization: Organization
    cloud: str
    region: str
    regions: tuple[str, ...]
    environment: Environment
    cluster: Cluster
    schema_registry: SchemaRegistry
    compute_pool: ComputePool
    principals: tuple[Principal, ...] = Field(min_length=1)
    keys: tuple[ConfluentKey, ...]
    role_bindings: tuple[RoleBinding, ...] | None = None
    propagation: Propagation = Propagation()
    aws: AwsAccount
    openai: OpenAiAccount = Field(default_factory=OpenAiAccount)
    storage: Path | None = None
    pools_run_out: bool = False

    def key(self, scope: str) -> ConfluentKey:
        """Return the first key of that scope. Raises EmulatorError where the world has none."""
        for key in self.keys:
            if key.scope == scope:
                return key
        raise EmulatorError(f"this world has no API key of scope {scope!r}")


def shipped_worlds() -> list[str]:
    """Return the names of the worlds that come with the emulator, in order."""
    folder = resources.files("runthrough.emulator") / "worlds"
    return sorted(Path(f.name).stem for f in folder.iterdir() if f.name.endswith(".yaml"))


def read_world(source: str | Path = "default") -> World:
    """Read a shipped world by its name, or a world file by its path.

    Raises:
        EmulatorError: no such world, not UTF-8, not YAML, or a key or value that does not fit, by
            place.
    """
    path = Path(source)
    shipped = resources.files("runthrough.emulator") / "worlds" / f"{source}.yaml"
    if path.suffix not in {".yaml", ".yml"} and shipped.is_file():
        text, name = shipped.read_text(encoding="utf-8"), str(source)
    elif path.is_file():
        text, name = _read_file(path), str(path)
    else:
        known = ", ".join(shipped_worlds())
        raise EmulatorError(f"there is no world {str(source)!r}: no file, and shipped are {known}")
    try:
        return World.model_validate(yaml.safe_load(text))
    except yaml.YAMLError as e:
        raise EmulatorError(f"{name} is not YAML: {e}") from e
    except ValidationError as e:
        raise EmulatorError(f"{name} is not a world: {say(e, World, text)}") from None


def _read_file(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as e:
        raise EmulatorError(f"{path} cannot be read: {e}") from e
