"""librdkafka's mock cluster, reached through ctypes: a Kafka broker without a JVM.

The wheel of confluent-kafka bundles librdkafka, whose mock cluster speaks the Kafka protocol on
127.0.0.1 to any client (facts/tools.md). Python's binding does not show it, its C functions do.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from pathlib import Path

import confluent_kafka

from runthrough.errors import EmulatorError

_PRODUCER = 0
_CONF_OK = 0
_TOPIC_ALREADY_EXISTS = 36
_THE_BROKER = 1

_FUNCTIONS: dict[str, tuple[object, list[object]]] = {
    "rd_kafka_conf_new": (ctypes.c_void_p, []),
    "rd_kafka_conf_set": (
        ctypes.c_int,
        [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_char_p, ctypes.c_char_p, ctypes.c_size_t],
    ),
    "rd_kafka_new": (
        ctypes.c_void_p,
        [ctypes.c_int, ctypes.c_void_p, ctypes.c_char_p, ctypes.c_size_t],
    ),
    "rd_kafka_destroy": (None, [ctypes.c_void_p]),
    "rd_kafka_mock_cluster_new": (ctypes.c_void_p, [ctypes.c_void_p, ctypes.c_int]),
    "rd_kafka_mock_cluster_destroy": (None, [ctypes.c_void_p]),
    "rd_kafka_mock_cluster_bootstraps": (ctypes.c_char_p, [ctypes.c_void_p]),
    "rd_kafka_mock_topic_create": (
        ctypes.c_int,
        [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int, ctypes.c_int],
    ),
    "rd_kafka_mock_topic_delete": (ctypes.c_int, [ctypes.c_void_p, ctypes.c_char_p]),
    "rd_kafka_mock_set_controller_id": (ctypes.c_int, [ctypes.c_void_p, ctypes.c_int32]),
    "rd_kafka_conf_set_events": (None, [ctypes.c_void_p, ctypes.c_int]),
    "rd_kafka_err2str": (ctypes.c_char_p, [ctypes.c_int]),
    "rd_kafka_error_destroy": (None, [ctypes.c_void_p]),
    "rd_kafka_error_string": (ctypes.c_char_p, [ctypes.c_void_p]),
    "rd_kafka_event_destroy": (None, [ctypes.c_void_p]),
    "rd_kafka_event_message_array": (
        ctypes.c_size_t,
        [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t],
    ),
    "rd_kafka_event_message_count": (ctypes.c_size_t, [ctypes.c_void_p]),
    "rd_kafka_produceva": (
        ctypes.c_void_p,
        [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t],
    ),
    "rd_kafka_queue_destroy": (None, [ctypes.c_void_p]),
    "rd_kafka_queue_get_main": (ctypes.c_void_p, [ctypes.c_void_p]),
    "rd_kafka_queue_poll": (ctypes.c_void_p, [ctypes.c_void_p, ctypes.c_int]),
    "rd_kafka_topic_destroy": (None, [ctypes.c_void_p]),
    "rd_kafka_topic_new": (
        ctypes.c_void_p,
        [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p],
    ),
}


def bundled_library(package: Path) -> Path:
    """Return librdkafka as the installed confluent-kafka package bundles it.

    Args:
        package: the folder of the `confluent_kafka` package.

    Raises:
        EmulatorError: there is none (a build against a system library, for instance).
    """
    folders = (package.parent / "confluent_kafka.libs", package / ".dylibs", package)
    for path in _libraries(folders):
        return path
    raise EmulatorError(
        "the emulator's Kafka broker needs the librdkafka that confluent-kafka's wheel bundles; "
        "there is none in " + ", ".join(sorted({folder.name for folder in folders}))
    )


def _libraries(folders: tuple[Path, ...]) -> Iterator[Path]:
    for folder in folders:
        for path in sorted(folder.glob("librdkafka*")):
            if not path.name.startswith("librdkafka++") and path.suffix != ".a":
                yield path


def load_library() -> ctypes.CDLL:
    """Return librdkafka with its functions described.

    Raises:
        EmulatorError: it cannot be loaded, or is too old.
    """
    path = bundled_library(Path(confluent_kafka.__file__).parent)
    try:
        library = ctypes.CDLL(str(path))
        for name, (result, arguments) in _FUNCTIONS.items():
            function = getattr(library, name)
            function.restype, function.argtypes = result, arguments
    except OSError as e:
        raise EmulatorError(f"{path.name} cannot be loaded: {e}") from e
    except AttributeError as e:
        raise EmulatorError(
            f"{path.name} is too old for the emulator, which needs confluent-kafka 2.16: {e}"
        ) from e
    return library


class MockCluster:
    """One mock cluster of one broker, alive until `close`."""

    def __init__(self) -> None:
        self._library = load_library()
        self._client = self._new_client()
        self._cluster = self._library.rd_kafka_mock_cluster_new(self._client, 1)
        if not self._cluster:
            self._library.rd_kafka_destroy(self._client)
            raise EmulatorError("librdkafka could not open a mock cluster on 127.0.0.1")
        self._refuse_at_once()
        self.bootstrap: str = self._library.rd_kafka_mock_cluster_bootstraps(self._cluster).decode()

    def _refuse_at_once(self) -> None:
        """Make what the mock broker cannot do fail at once, where a client would wait for it.

        With a controller an AdminClient is told that its request is not supported, instead of
        waiting for a controller. Transactions are refused at the front (`front.apis`).
        """
        self._library.rd_kafka_mock_set_controller_id(self._cluster, _THE_BROKER)

    def _new_client(self) -> int:
        error = ctypes.create_string_buffer(512)
        conf = self._library.rd_kafka_conf_new()
        # The hosting client has no broker to talk to and would say so on stderr.
        if self._library.rd_kafka_conf_set(conf, b"log_level", b"2", error, 512) != _CONF_OK:
            raise EmulatorError(f"librdkafka refuses a setting: {error.value.decode()}")
        client = self._library.rd_kafka_new(_PRODUCER, conf, error, 512)
        if not client:
            raise EmulatorError(f"librdkafka gives no client: {error.value.decode()}")
        return int(client)

    def create_topic(self, name: str, partitions: int) -> None:
        """Create a topic. Raises EmulatorError if it exists or the name is refused."""
        code = self._library.rd_kafka_mock_topic_create(self._cluster, name.encode(), partitions, 1)
        if code == _TOPIC_ALREADY_EXISTS:
            raise EmulatorError(f"topic {name!r} exists already")
        if code:
            raise EmulatorError(f"the broker refuses topic {name!r}: error {code}")

    def delete_topic(self, name: str) -> None:
        """Delete a topic and its records. Raises EmulatorError if there is none."""
        if code := self._library.rd_kafka_mock_topic_delete(self._cluster, name.encode()):
            raise EmulatorError(f"the broker cannot delete topic {name!r}: error {code}")

    def close(self) -> None:
        """End the broker; its address stops answering. Closing twice does nothing."""
        if self._cluster:
            self._library.rd_kafka_mock_cluster_destroy(self._cluster)
            self._library.rd_kafka_destroy(self._client)
            self._cluster = None
