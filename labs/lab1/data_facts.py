"""Look for orphans, for late check-outs, and for stars without a text."""

import json
import tempfile
from collections import Counter
from datetime import timedelta
from pathlib import Path

import yaml
from workshop.practice import run, texts


def rows(file: Path) -> list[dict]:
    """Return the rows of one file."""
    lines = file.read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines]


with tempfile.TemporaryDirectory() as folder:
    run("data", "lab2", "--out", folder, environ={})
    data = {file.stem: rows(file) for file in Path(folder).glob("*.ndjson")}

bookings, reviews = data["bookings"], data["hotel_reviews"]
mails = {r["EMAIL"] for r in data["riverhotel.SAMPLE.CUSTOMER"]}
hotels = {r["HOTEL_ID"] for r in data["riverhotel.SAMPLE.HOTEL"]}
ids = {r["BOOKING_ID"] for r in bookings}

seen = [*bookings, *data["clickstream"]]
orphans = sum(r["CUSTOMER_EMAIL"] not in mails for r in seen)
orphans += sum(r["HOTEL_ID"] not in hotels for r in seen)
orphans += sum(r["BOOKING_ID"] not in ids for r in reviews)
print("orphans:", orphans)

most = max(Counter(r["BOOKING_ID"] for r in reviews).values())
print("reviews of one booking, at most:", most)

stays = [
    timedelta(milliseconds=r["CHECK_OUT"] - r["CHECK_IN"]) for r in bookings
]
print(f"stays last {min(stays).days} to {max(stays).days} days")

lists = yaml.safe_load(texts("reviews.yaml"))
stars = {
    text: star for star, list_ in lists.items() for text in list_.values()
}
fits = sum(stars[r["REVIEW_TEXT"]] == r["REVIEW_RATING"] for r in reviews)
print(f"texts from the list of their stars: {fits} of {len(reviews)}")
