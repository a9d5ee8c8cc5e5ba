"""confluent-kafka's Protobuf serializers at their day's work; prints what happened, as JSON.

Runs in the virtual environment of the clients, which has `protobuf`. The messages are described
here and not compiled: there is no `protoc` on the machine.
"""

from __future__ import annotations

import base64
import json
import os
from typing import Any

from confluent_kafka import Consumer, Producer
from confluent_kafka.schema_registry import Schema, SchemaReference, SchemaRegistryClient
from confluent_kafka.schema_registry.error import SchemaRegistryError
from confluent_kafka.schema_registry.protobuf import ProtobufDeserializer, ProtobufSerializer
from confluent_kafka.serialization import MessageField, SerializationContext
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory, timestamp_pb2

TOPIC = "stays-in-protobuf"
Field = descriptor_pb2.FieldDescriptorProto

ROOMS = """
syntax = "proto3";
package hotels;
import "google/protobuf/timestamp.proto";
import "hotels/address.proto";
option java_package = "example.hotels";

message Room {
  reserved 9, 20 to max;
  reserved "old";
  Kind kind = 1;
  repeated Bed beds = 2;
  map<string, Bed> named = 3;
  oneof place { Address address = 4; string free = 5; }
  google.protobuf.Timestamp since = 6 [deprecated = true];
  optional int32 floor = 7 [json_name = "level"];
  message Bed { sint64 width = 1; Kind kind = 2; enum Kind { HARD = 0; SOFT = -1; } }
  enum Kind { option allow_alias = true; SINGLE = 0; ONE = 0; DOUBLE = 2 [deprecated = true]; }
}
"""


def address() -> descriptor_pb2.FileDescriptorProto:
    file = descriptor_pb2.FileDescriptorProto(
        name="hotels/address.proto", package="hotels", syntax="proto3"
    )
    message = file.message_type.add(name="Address")
    message.field.add(name="street", number=1, label=1, type=Field.TYPE_STRING)
    return file


def stay(*more: tuple[str, int, int]) -> descriptor_pb2.FileDescriptorProto:
    """Describe a stay, with more fields: name, number and type."""
    file = descriptor_pb2.FileDescriptorProto(
        name="hotels/stay.proto", package="hotels", syntax="proto3"
    )
    file.dependency.extend(["google/protobuf/timestamp.proto", "hotels/address.proto"])
    file.options.go_package = "example/hotels"
    stay = file.message_type.add(name="Stay")
    entry = stay.nested_type.add(name="ExtrasEntry")
    entry.options.map_entry = True
    entry.field.add(name="key", number=1, label=1, type=Field.TYPE_STRING)
    entry.field.add(name="value", number=2, label=1, type=Field.TYPE_INT32)
    cash = stay.nested_type.add(name="Cash")
    cash.field.add(name="cents", number=1, label=1, type=Field.TYPE_SINT64)
    state = stay.enum_type.add(name="State")
    state.value.add(name="OPEN", number=0)
    state.value.add(name="LEFT", number=7)
    stay.oneof_decl.add(name="pay")
    stay.oneof_decl.add(name="_note")
    add = stay.field.add
    add(name="id", number=1, label=1, type=Field.TYPE_INT64)
    add(name="where", number=2, label=1, type=11, type_name=".hotels.Address")
    add(name="extras", number=3, label=3, type=11, type_name=".hotels.Stay.ExtrasEntry")
    add(name="card", number=4, label=1, type=Field.TYPE_STRING, oneof_index=0)
    add(name="cash", number=5, label=1, type=11, type_name=".hotels.Stay.Cash", oneof_index=0)
    add(name="at", number=6, label=1, type=11, type_name=".google.protobuf.Timestamp")
    add(name="state", number=7, label=1, type=14, type_name=".hotels.Stay.State")
    add(
        name="note",
        number=8,
        label=1,
        type=Field.TYPE_STRING,
        oneof_index=1,
        proto3_optional=True,
    )
    for name, number, kind in more:
        add(name=name, number=number, label=1, type=kind)
    return file


def classes(*files: descriptor_pb2.FileDescriptorProto) -> dict[str, Any]:
    pool = descriptor_pool.DescriptorPool()
    pool.AddSerializedFile(timestamp_pb2.DESCRIPTOR.serialized_pb)
    for file in files:
        pool.Add(file)
    names = [f"{file.package}.{m.name}" for file in files for m in file.message_type]
    found = {n: message_factory.GetMessageClass(pool.FindMessageTypeByName(n)) for n in names}
    nested = pool.FindMessageTypeByName("hotels.Stay.Cash")
    return found | {"hotels.Stay.Cash": message_factory.GetMessageClass(nested)}


def registry() -> SchemaRegistryClient:
    key, secret = os.environ["SCHEMA_REGISTRY_API_KEY"], os.environ["SCHEMA_REGISTRY_API_SECRET"]
    url = os.environ["SCHEMA_REGISTRY_REST_ENDPOINT"]
    return SchemaRegistryClient({"url": url, "basic.auth.user.info": f"{key}:{secret}"})


def serialize(made: Any, **settings: Any) -> bytes:
    serializer = ProtobufSerializer(
        type(made), registry(), {"use.deprecated.format": False, **settings}
    )
    found = serializer(made, SerializationContext(TOPIC, MessageField.VALUE))
    assert found is not None
    return bytes(found)


def produce_and_consume(value: bytes) -> bytes:
    bootstrap = os.environ["KAFKA_BOOTSTRAP_SERVERS"].partition("://")[2]
    producer = Producer({"bootstrap.servers": bootstrap, "log_level": 0})
    producer.produce(TOPIC, value=value)
    assert producer.flush(10) == 0
    consumer = Consumer(
        {"bootstrap.servers": bootstrap, "group.id": "g", "auto.offset.reset": "earliest"}
    )
    consumer.subscribe([TOPIC])
    try:
        while (message := consumer.poll(10)) is None or message.error():
            assert message is not None, "no message within ten seconds"
        return bytes(message.value())
    finally:
        consumer.close()


def rooms(client: SchemaRegistryClient) -> dict[str, Any]:
    """Register a file as text, and have protobuf itself read the binary form of it."""
    refers = [SchemaReference("hotels/address.proto", "hotels/address.proto", 1)]
    client.register_schema("rooms-value", Schema(ROOMS, "PROTOBUF", refers))
    shown = client.get_version("rooms-value", 1, fmt="serialized").schema.schema_str
    file = descriptor_pb2.FileDescriptorProto.FromString(base64.b64decode(shown))
    file.name = "rooms"
    pool = descriptor_pool.DescriptorPool()
    pool.AddSerializedFile(timestamp_pb2.DESCRIPTOR.serialized_pb)
    pool.Add(address())
    pool.Add(file)
    room = pool.FindMessageTypeByName("hotels.Room")
    fields = {f.name: f for f in room.fields}
    again = client.register_schema("rooms-again", Schema(shown, "PROTOBUF", refers))
    reread = client.get_version("rooms-again", 1, fmt="serialized").schema.schema_str
    return {
        "types": {
            name: f.message_type.full_name if f.message_type else f.type
            for name, f in fields.items()
        },
        "presence": [name for name, f in fields.items() if f.has_presence],
        "json": fields["floor"].json_name,
        "nested": [m.name for m in room.nested_types],
        "kinds": [(v.name, v.number) for v in room.enum_types[0].values],
        "soft": room.nested_types_by_name["Bed"].enum_types[0].values[1].number,
        "package": file.options.java_package,
        "deprecated": fields["since"].GetOptions().deprecated,
        "reserved": [(r.start, r.end) for r in file.message_type[0].reserved_range],
        "names": list(file.message_type[0].reserved_name),
        "same": reread == shown and again > 0,
    }


def main() -> None:
    first = classes(address(), stay())
    made = first["hotels.Stay"](id=2**53 + 1, card="1234", state=7, note="")
    made.where.street = "Rue 1"
    made.extras["bed"] = 2
    made.at.FromJsonString("2026-03-04T09:15:00Z")
    value = produce_and_consume(serialize(made))
    read = ProtobufDeserializer(first["hotels.Stay"], {"use.deprecated.format": False}, registry())
    context = SerializationContext(TOPIC, MessageField.VALUE)
    same = read(value, context) == made
    latest = {"auto.register.schemas": False, "use.latest.version": True}
    cash = first["hotels.Stay.Cash"](cents=-5)
    nested = ProtobufDeserializer(type(cash), {"use.deprecated.format": False}, registry())
    longer = classes(address(), stay(("rooms", 9, Field.TYPE_INT32)))["hotels.Stay"]
    serialize(longer(id=1, rooms=2))
    shorter = classes(address(), stay(("rooms", 9, Field.TYPE_STRING)))["hotels.Stay"]
    try:
        serialize(shorter(id=1, rooms="2"))
        refused = ""
    except SchemaRegistryError as e:
        refused = f"{e.http_status_code} {e.error_message}"
    client, subject = registry(), f"{TOPIC}-value"
    shown = client.get_version(subject, 1)
    print(
        json.dumps(
            {
                "same": same,
                "latest": read(serialize(made, **latest), context) == made,
                "cash": nested(serialize(cash), context).cents,
                "subjects": client.get_subjects(),
                "versions": client.get_versions(subject),
                "references": [[r.name, r.subject, r.version] for r in shown.schema.references],
                "text": shown.schema.schema_str,
                "refused": refused,
                "rooms": rooms(registry()),
            }
        )
    )


if __name__ == "__main__":
    main()
