"""The emulator as a server: one process, one port for HTTP, one for Kafka, all on 127.0.0.1.

With `--tls` there is one more for HTTPS.
"""

from __future__ import annotations

import shlex
import signal
import sys
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import TextIO

from pydantic import SecretStr

from runthrough.emulator.app import build_app
from runthrough.emulator.aws.app import AwsApp
from runthrough.emulator.aws.provider import BedrockProvider
from runthrough.emulator.broker import Broker, BrokerGroup
from runthrough.emulator.confluent.account.store import Account
from runthrough.emulator.confluent.cloud import Cloud
from runthrough.emulator.confluent.connect.store import ConnectorStore
from runthrough.emulator.confluent.identity.store import Identity
from runthrough.emulator.confluent.integration_store import IntegrationStore
from runthrough.emulator.confluent.kafka_rest.desk import ClusterTopics
from runthrough.emulator.confluent.pace import Pace
from runthrough.emulator.confluent.planes import Planes
from runthrough.emulator.confluent.tableflow.catalog_store import CatalogStore
from runthrough.emulator.confluent.tableflow.service import Tableflow
from runthrough.emulator.confluent.tableflow.storage import Storages
from runthrough.emulator.faults.app import Watched
from runthrough.emulator.faults.rules import Faults, Rule
from runthrough.emulator.flink.engine import Engine, Place
from runthrough.emulator.flink.formats.schemas import SchemaStore
from runthrough.emulator.flink.running.documents import Documents, DocumentStore
from runthrough.emulator.flink.running.models import Providers
from runthrough.emulator.hints import client_hints
from runthrough.emulator.lives import Life, Lives
from runthrough.emulator.llm import Llm, LlmServer
from runthrough.emulator.mongodb import MongoAddress, MongoDocuments, MongoServer
from runthrough.emulator.openai.http import with_openai
from runthrough.emulator.openai.provider import OpenAiProvider
from runthrough.emulator.openai.service import OpenAi
from runthrough.emulator.serving import HOST, Door, listen, run_servers
from runthrough.emulator.standins import Responder, respond
from runthrough.emulator.world import Clock, World, read_world, utc_now
from runthrough.errors import EmulatorError


@dataclass(frozen=True)
class Running:
    """A running emulator.

    Attributes:
        url: where it answers, without a slash at the end.
        exports: every setting that points a client at it (design 5), in the order of the design.
            Holds secrets.
    """

    url: str
    exports: dict[str, str] = field(repr=False)
    world: World = field(repr=False)
    lives: Lives = field(repr=False)

    @property
    def engine(self) -> Engine:
        """The engine of the world's environment; a reset puts another one in its place."""
        return self.lives.current.engine


@contextmanager
def serve(
    world: World | None = None,
    *,
    port: int = 0,
    pace: Pace = "instant",
    clock: Clock = utc_now,
    faults: Iterable[Rule] = (),
    storage: Path | None = None,
    tls: bool = False,
    llm: LlmServer | None = None,
    mongodb: MongoAddress | None = None,
) -> Iterator[Running]:
    """Run an emulator until the block ends; it answers before the block begins.

    Args:
        world: what exists; the default world if None.
        port: 0 = any free one.
        pace: whether life cycles move at once or take their time.
        clock: where the emulator asks for the time.
        faults: the fault rules to begin with.
        storage: the folder of Tableflow's own tables; None = the world's, or a temporary one that
            goes with the emulator.
        tls: whether it also answers with TLS, on a port of its own, to which AWS clients are led.
        llm: the server that answers prompts; None = the stand-ins do.
        mongodb: the server whose collections external tables search; None = they are here.

    Raises:
        EmulatorError: the port is taken, the broker or the server cannot start, `llm` names no
            model, or `mongodb` does not let us in.
    """
    world = world or read_world()
    with (
        listen(port) as listener,
        _secure_door(wanted=tls) as secure,
        _run_broker() as broker,
        _folder(storage or world.storage) as folder,
        _responder(llm, own_port=listener.getsockname()[1]) as responder,
        _database(mongodb) as database,
    ):
        door = Door(listener)
        url = door.url

        @contextmanager
        def live() -> Iterator[Life]:
            with (
                _documents(database) as documents,
                _live(world, url, broker, pace, clock, folder, responder, documents) as life,
            ):
                yield life

        with Lives(live, broker) as lives:
            rules = Faults(faults, clock=clock)
            app = Watched(lives.answer, faults=rules, lives=lives, clock=clock)
            doors = [door] if secure is None else [door, secure]
            with run_servers(app, doors), lives.stopping():
                given = exports(world, url, broker.bootstrap, secure=secure)
                yield Running(url, given, world, lives)


@contextmanager
def _secure_door(*, wanted: bool) -> Iterator[Door | None]:
    """Give a door with TLS, any free port and a certificate of its own; None where unwanted."""
    if not wanted:
        yield None
        return
    # The library behind it takes a tenth of a second to load: only who wants it waits.
    from runthrough.emulator.certificate import make_certificate

    with listen(0) as listener, tempfile.TemporaryDirectory(prefix="runthrough-tls-") as made:
        yield Door(listener, make_certificate(Path(made), address=HOST, now=utc_now()))


@contextmanager
def _responder(llm: LlmServer | None, *, own_port: int) -> Iterator[Responder]:
    """Give who answers prompts."""
    if llm is None:
        yield respond
        return
    if llm.is_at(HOST, own_port):
        raise EmulatorError(f"--llm names this emulator itself: {llm.name}")
    asked = Llm(llm)
    try:
        yield asked
    finally:
        asked.close()


@contextmanager
def _database(address: MongoAddress | None) -> Iterator[MongoServer | None]:
    """Give the server that keeps MongoDB's collections, None where the emulator does."""
    if address is None:
        yield None
        return
    server = MongoServer(address)
    try:
        yield server
    finally:
        server.close()


@contextmanager
def _documents(database: MongoServer | None) -> Iterator[Documents]:
    """Give what external tables hold in one life; what is put into a database goes with it."""
    if database is None:
        yield DocumentStore()
        return
    documents = MongoDocuments(database)
    try:
        yield documents
    finally:
        documents.close()


@contextmanager
def _folder(given: Path | None) -> Iterator[Path]:
    """Give the folder of Tableflow's tables; one that nobody named is deleted at the end."""
    if given is not None:
        yield given
        return
    with tempfile.TemporaryDirectory(prefix="runthrough-tableflow-") as made:
        yield Path(made)


@contextmanager
def _live(
    world: World,
    url: str,
    broker: Broker,
    pace: Pace,
    clock: Clock,
    folder: Path,
    responder: Responder,
    documents: Documents,
) -> Iterator[Life]:
    """Build all that is in a world, from its start; what a reset builds again."""
    bedrock = BedrockProvider(lambda: url)
    openai = OpenAiProvider(url)
    provider = Providers({"bedrock": bedrock, "openai": openai})
    account = Account(world, clock=clock, pace=pace)

    def make_engine(place: Callable[[], Place], group: BrokerGroup, schemas: SchemaStore) -> Engine:
        return Engine(
            place,
            broker=group,
            schemas=schemas,
            provider=provider,
            clock=clock,
            documents=documents,
        )

    storages = Storages(folder, world.aws, world.region)
    tableflow = Tableflow(storages, pace=pace, clock=clock)
    planes = Planes(
        world, account, broker, make_engine, clock=clock, pace=pace, make_desk=ClusterTopics
    )
    try:
        plane = planes.environment(world.environment.id)
        cloud = Cloud(
            world=world,
            environment_id=plane.environment_id,
            engine=plane.engine,
            schemas=plane.schemas,
            registry=plane.registry,
            statements=plane.statements,
            bootstrap=broker.bootstrap,
            started=clock(),
            clock=clock,
            account=account,
            planes=planes,
            identity=Identity(world, clock=clock, pace=pace),
            integrations=IntegrationStore(),
            connectors=ConnectorStore(pace, clock),
            tableflow=tableflow,
            catalogs=CatalogStore(pace, clock),
        )
        aws = AwsApp(world.aws, started=cloud.started, clock=clock, responder=responder)
        openai_api = OpenAi(world.openai, clock=clock, responder=responder)
        app = with_openai(build_app(cloud, aws), openai_api)
        yield Life(app, plane.engine, planes.engines, aws, documents)
    finally:
        tableflow.close()
        planes.close()
        bedrock.close()
        openai.close()


def serve_forever(
    world: World | None = None,
    *,
    port: int = 0,
    pace: Pace = "instant",
    faults: Iterable[Rule] = (),
    storage: Path | None = None,
    tls: bool = False,
    llm: LlmServer | None = None,
    mongodb: MongoAddress | None = None,
    out: TextIO | None = None,
) -> None:
    """Run an emulator until SIGINT or SIGTERM, for `runthrough emulate`.

    Prints one `export NAME=value` a line, quoted for a shell, once the emulator answers; nothing
    else goes to `out` (stdout if None). Where it answers, and how to point other clients there,
    goes to stderr. Call it in the main thread.

    Raises:
        EmulatorError: as `serve`.
    """
    stop = threading.Event()

    def ask_to_stop(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    before = {number: signal.signal(number, ask_to_stop) for number in _SIGNALS}
    try:
        with serve(
            world,
            port=port,
            pace=pace,
            faults=faults,
            storage=storage,
            tls=tls,
            llm=llm,
            mongodb=mongodb,
        ) as running:
            print(export_lines(running.exports), file=out or sys.stdout, flush=True)
            print(f"\nThe emulator answers at {running.url} until Ctrl-C.", file=sys.stderr)
            if llm is not None:
                print(f"Prompts are answered by {llm.name}.", file=sys.stderr)
            if mongodb is not None:
                print(f"MongoDB's collections are those of {mongodb.name}.", file=sys.stderr)
            print(client_hints(running.world, running.url), file=sys.stderr, flush=True)
            stop.wait()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


_SIGNALS = (signal.SIGINT, signal.SIGTERM)


def export_lines(values: dict[str, str]) -> str:
    """Return the settings as lines a shell can read."""
    return "\n".join(f"export {name}={shlex.quote(value)}" for name, value in values.items())


def exports(
    world: World, url: str, bootstrap: str, *, secure: Door | None = None
) -> dict[str, str]:
    """Return every setting of design 5, in its order, for a client of this emulator.

    A key the world does not have is empty, which hides one of the same name in the caller's shell.
    Where there is a door with TLS, AWS clients are led there and told to trust its certificate.
    """
    aws_url = url if secure is None else secure.url
    trusted = secure.certificate if secure else None
    aws = world.aws.keys[0]
    user = next((one for one in world.principals if one.password is not None), None)
    flink_owner = next((key.owner for key in world.keys if key.scope == "flink"), "")
    return {
        **_key(world, "cloud", "CONFLUENT_CLOUD_API"),
        "CONFLUENT_CLOUD_REST_ENDPOINT": url,
        "CONFLUENT_CLOUD_EMAIL": (user.email or "") if user else "",
        "CONFLUENT_CLOUD_PASSWORD": _plain(user.password) if user else "",
        "CONFLUENT_ORGANIZATION_ID": world.organization.id,
        "CONFLUENT_ENVIRONMENT_ID": world.environment.id,
        "FLINK_REST_ENDPOINT": url,
        **_key(world, "flink", "FLINK_API"),
        "FLINK_COMPUTE_POOL_ID": world.compute_pool.id,
        "FLINK_PRINCIPAL_ID": flink_owner,
        "KAFKA_ID": world.cluster.id,
        "KAFKA_CLUSTER_NAME": world.cluster.name,
        "KAFKA_BOOTSTRAP_SERVERS": bootstrap,
        "KAFKA_REST_ENDPOINT": url,
        **_key(world, "kafka", "KAFKA_API"),
        "SCHEMA_REGISTRY_ID": world.schema_registry.id,
        "SCHEMA_REGISTRY_REST_ENDPOINT": url,
        **_key(world, "schema-registry", "SCHEMA_REGISTRY_API"),
        **_key(world, "tableflow", "TABLEFLOW_API"),
        "AWS_ACCESS_KEY_ID": aws.access_key_id,
        "AWS_SECRET_ACCESS_KEY": aws.secret_access_key.get_secret_value(),
        "AWS_SESSION_TOKEN": _plain(aws.session_token),
        "AWS_REGION": world.region,
        "AWS_DEFAULT_REGION": world.region,  # boto3 and the AWS CLI v1 read this one
        "AWS_ENDPOINT_URL_BEDROCK": aws_url,
        "AWS_ENDPOINT_URL_BEDROCK_RUNTIME": aws_url,
        "AWS_ENDPOINT_URL_STS": aws_url,
        "AWS_ENDPOINT_URL_SERVICE_QUOTAS": aws_url,
        **({"AWS_CA_BUNDLE": str(trusted.path)} if trusted else {}),
        "OPENAI_BASE_URL": f"{url}/v1",
        "OPENAI_API_KEY": world.openai.keys[0].secret.get_secret_value(),
        "BEDROCK_MODEL_ID": world.aws.model_id,
        "CLOUD_PROVIDER": world.cloud.lower(),
        "CLOUD_REGION": world.region,
    }


def _key(world: World, scope: str, prefix: str) -> dict[str, str]:
    key = next((key for key in world.keys if key.scope == scope), None)
    return {
        f"{prefix}_KEY": key.id if key else "",
        f"{prefix}_SECRET": key.secret.get_secret_value() if key else "",
    }


def _plain(secret: SecretStr | None) -> str:
    return secret.get_secret_value() if secret else ""


@contextmanager
def _run_broker() -> Iterator[Broker]:
    broker = Broker()
    broker.start()
    try:
        yield broker
    finally:
        broker.close()
