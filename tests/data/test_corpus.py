"""The texts have the shape the labs count on, and read as their stars say."""

from __future__ import annotations

import re
from statistics import mean

import pytest

from runthrough.data.corpus import corpus
from runthrough.emulator.standins.opinions import score_text

THEME_WORDS = {
    "overall stay": "stay",
    "location": "location",
    "room and view": "room",
    "staff": "staff",
    "ambience": "atmosphere|ambience",
    "dining": "dinner|restaurant",
    "cleanliness": "clean|filthy|housekeeping",
    "value": "value",
    "beds": "bed",
    "concierge": "concierge",
    "design": "design",
    "breakfast": "breakfast",
    "wifi": "wifi",
    "rooftop": "rooftop",
    "spa": "spa",
    "business rooms": "business",
    "sustainability": "sustainability",
    "families": "family",
    "fitness": "gym|fitness",
    "entertainment": "entertainment",
}
MONTHS_AND_DAYS = (
    "January|February|April|June|July|August|September|October|November|December"
    "|Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday"
)
REVIEWS = [
    pytest.param(stars, theme, text, id=f"{stars}-{theme}")
    for stars, texts in corpus().reviews.items()
    for theme, text in texts.items()
]


def test_every_number_of_stars_has_one_text_for_each_theme() -> None:
    assert list(corpus().reviews) == [1, 2, 3, 4, 5]
    assert all(list(texts) == list(THEME_WORDS) for texts in corpus().reviews.values())


def test_no_review_occurs_twice() -> None:
    texts = [text for texts in corpus().reviews.values() for text in texts.values()]
    assert len(set(texts)) == len(texts) == 100


@pytest.mark.parametrize(("stars", "theme", "text"), REVIEWS)
def test_a_review_is_short_names_its_theme_and_can_be_joined_with_bars(
    stars: int, theme: str, text: str
) -> None:
    assert 143 <= len(text) <= 247
    assert re.search(rf"\b({THEME_WORDS[theme]})", text, re.IGNORECASE)
    assert "|" not in text
    assert text.isascii()
    assert text == text.strip()
    assert 1 <= len(re.findall(r"[.!?](?: |$)", text)) <= 4
    assert text[-1] in ".!"


@pytest.mark.parametrize(("stars", "theme", "text"), REVIEWS)
def test_a_review_has_neither_dates_nor_names(stars: int, theme: str, text: str) -> None:
    assert not re.search(r"\d", text)
    assert not re.search(rf"\b({MONTHS_AND_DAYS})\b", text)
    inside = re.findall(r"(?<![.!?:] )(?<!^)\b[A-Z][a-z]\w*", text)
    assert set(inside) <= {"WiFi"}


def test_the_tone_rises_with_the_stars() -> None:
    """The judge is the emulator's stand-in, which weighs words of praise and blame."""
    tones = {s: [score_text(t) for t in texts.values()] for s, texts in corpus().reviews.items()}
    means = [mean(tones[stars]) for stars in (1, 2, 3, 4, 5)]
    assert means == sorted(means)
    assert max(tones[1]) < 0 < min(tones[5])
    assert mean(tones[2]) < 0 < mean(tones[4])


def test_every_class_of_hotels_has_ten_descriptions() -> None:
    assert set(corpus().descriptions) == {
        "Economy",
        "Extended Stay",
        "Luxury",
        "Resort",
        "Airport",
    }
    texts = [text for texts in corpus().descriptions.values() for text in texts]
    assert len(set(texts)) == len(texts) == 50
    assert all(len(texts) == 10 for texts in corpus().descriptions.values())


@pytest.mark.parametrize("text", [t for ts in corpus().descriptions.values() for t in ts])
def test_a_description_is_a_title_and_two_sentences(text: str) -> None:
    title, _, sentences = text.partition(" - ")
    assert 177 <= len(text) <= 264
    assert " - " not in sentences
    assert not title.endswith(".")
    assert len(re.findall(r"[.!?](?: |$)", sentences)) == 2


def test_there_are_nine_countries_of_ten_cities_and_newcastle_is_in_two() -> None:
    places = corpus().places
    countries = [country for _, country in places]
    assert len(set(places)) == 90
    assert {countries.count(country) for country in countries} == {10}
    assert sorted(c for city, c in places if city == "Newcastle") == ["Australia", "England"]


def test_names_of_people_can_stand_in_an_address() -> None:
    for names in (corpus().first_names, corpus().last_names):
        assert len(set(names)) == len(names)
        assert all(name.isascii() and name.isalpha() for name in names)
