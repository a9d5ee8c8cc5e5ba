"""The five topics of River Hotels: names, keys, partitions and Avro schemas of the values.

Facts workshop-labs C.1, C.2 and C.5: no namespace, no nulls, no defaults; event times are
`timestamp-millis`, check-in and check-out stay plain longs for the conversion exercise. Keys are
the Avro primitive `string` under `<topic>-key`, so that a table shows a readable `key` column.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

CUSTOMERS = "riverhotel.SAMPLE.CUSTOMER"
HOTELS = "riverhotel.SAMPLE.HOTEL"
BOOKINGS = "bookings"
CLICKS = "clickstream"
REVIEWS = "hotel_reviews"

KEY_SCHEMA = '"string"'

MILLIS = {"type": "long", "logicalType": "timestamp-millis"}


@dataclass(frozen=True)
class Topic:
    """One topic of the data.

    Attributes:
        key_field: the field of the value whose text is also the record's key.
        partitions: how many the topic is created with.
        record: the name of the Avro record.
        fields: (name, Avro type) in order.
        time_field: the field that is also the record's time.
    """

    name: str
    key_field: str
    partitions: int
    record: str
    fields: tuple[tuple[str, Any], ...]
    time_field: str = "CREATED_AT"

    @property
    def value_schema(self) -> str:
        """The Avro schema of the values as JSON text."""
        fields = [{"name": name, "type": avro} for name, avro in self.fields]
        return json.dumps({"type": "record", "name": self.record, "fields": fields})


TOPICS: tuple[Topic, ...] = (
    Topic(
        CUSTOMERS,
        key_field="EMAIL",
        partitions=1,
        record="Customer",
        fields=(
            ("CUSTOMER_ID", "string"),
            ("EMAIL", "string"),
            ("FIRST_NAME", "string"),
            ("LAST_NAME", "string"),
            ("BIRTH_DATE", "string"),
            ("CREATED_AT", MILLIS),
        ),
    ),
    Topic(
        HOTELS,
        key_field="HOTEL_ID",
        partitions=1,
        record="Hotel",
        fields=(
            ("HOTEL_ID", "string"),
            ("NAME", "string"),
            ("CLASS", "string"),
            ("DESCRIPTION", "string"),
            ("CITY", "string"),
            ("COUNTRY", "string"),
            ("ROOM_CAPACITY", "int"),
            ("CREATED_AT", MILLIS),
        ),
    ),
    Topic(
        BOOKINGS,
        key_field="BOOKING_ID",
        partitions=6,
        record="BookingEvent",
        fields=(
            ("BOOKING_ID", "string"),
            ("CUSTOMER_EMAIL", "string"),
            ("HOTEL_ID", "string"),
            ("CHECK_IN", "long"),
            ("CHECK_OUT", "long"),
            ("OCCUPANTS", "int"),
            ("PRICE", "int"),
            ("CREATED_AT", MILLIS),
        ),
    ),
    Topic(
        CLICKS,
        key_field="ACTIVITY_ID",
        partitions=6,
        record="ClickstreamEvent",
        fields=(
            ("ACTIVITY_ID", "string"),
            ("CUSTOMER_EMAIL", "string"),
            ("HOTEL_ID", "string"),
            ("ACTION", "string"),
            ("EVENT_DURATION", "int"),
            ("URL", "string"),
            ("CREATED_AT", MILLIS),
        ),
    ),
    Topic(
        REVIEWS,
        key_field="REVIEW_ID",
        partitions=6,
        record="HotelReviewEvent",
        fields=(
            ("REVIEW_ID", "string"),
            ("BOOKING_ID", "string"),
            ("REVIEW_RATING", "int"),
            ("REVIEW_TEXT", "string"),
            ("CREATED_AT", MILLIS),
        ),
    ),
)
