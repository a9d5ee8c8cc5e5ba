"""What lines about results accept, and what they say when they do not hold."""

from __future__ import annotations

import pytest

from runthrough.clients.flink import Rows
from runthrough.errors import ServiceError
from steps import models, results

ROWS = Rows(("id", "name"), (("1", "bookings"), ("2", "reviews")))


def test_the_number_of_rows_is_told() -> None:
    results.count_rows(ROWS, count=2)
    with pytest.raises(AssertionError, match="the result has 2 rows"):
        results.count_rows(ROWS, count=3)


def test_a_missing_row_is_shown() -> None:
    results.list_rows(ROWS, datatable=[["name"], ["reviews"]])
    with pytest.raises(AssertionError, match=r"not in the result: \[\('hotels',\)\]"):
        results.list_rows(ROWS, datatable=[["name"], ["reviews"], ["hotels"]])


def test_the_order_matters_where_the_line_says_so() -> None:
    results.show_in_order(ROWS, datatable=[["name"], ["bookings"], ["reviews"]])
    with pytest.raises(AssertionError, match="bookings"):
        results.show_in_order(ROWS, datatable=[["name"], ["reviews"], ["bookings"]])


def test_an_unknown_column_names_the_known_ones() -> None:
    with pytest.raises(ServiceError, match="no column 'nope', only id, name"):
        results.match_column(ROWS, column="nope", how="begins with", words="b")


def test_every_value_must_match_and_there_must_be_one() -> None:
    results.measure_column(ROWS, column="id", digits=1)
    with pytest.raises(AssertionError, match=r"name also holds \['bookings', 'reviews'\]"):
        results.measure_column(ROWS, column="name", digits=1)
    with pytest.raises(AssertionError, match=r"name also holds \['reviews'\]"):
        results.match_column(ROWS, column="name", how="begins with", words="b")
    with pytest.raises(AssertionError, match="the result is empty"):
        results.match_column(Rows(("id",), ()), column="id", how="begins with", words="")


def test_every_value_is_one_of_the_words_whole() -> None:
    results.match_column(ROWS, column="name", how="is one of", words="reviews, bookings, hotels")
    for words in ("reviews", "reviews, booking", "reviews, .*"):
        with pytest.raises(AssertionError, match=r"name also holds \['bookings'\]"):
            results.match_column(ROWS, column="name", how="is one of", words=words)


def test_empty_values_are_counted() -> None:
    with pytest.raises(AssertionError, match="1 of 2 rows have no a"):
        results.fill_column(Rows(("a",), (("x",), (None,))), column="a")


def answers(text: str | None) -> Rows:
    return Rows(("label", "reviews", "REVIEW_SUMMARY"), (("one", "A long enough review.", text),))


def test_one_sentence_is_one_sentence() -> None:
    models.answer_is_sentence(answers("Guests liked the view, and the food."), label="one")
    for text in ("One. Two.", "- a list", "First!\nSecond!", ""):
        with pytest.raises(AssertionError):
            models.answer_is_sentence(answers(text), label="one")


def test_an_answer_as_long_as_its_review_is_not_shorter() -> None:
    models.answer_is_shorter(answers("Fine view."), label="one")
    with pytest.raises(AssertionError, match="21 characters for 21"):
        models.answer_is_shorter(answers("A long enough review!"), label="one")
    with pytest.raises(AssertionError, match="0 characters"):
        models.answer_is_shorter(answers(None), label="one")


def test_a_label_that_is_not_there_is_named() -> None:
    with pytest.raises(AssertionError, match="no row has the label 'two'"):
        models.answer_is(answers("x"), label="two", text="x")


def test_words_are_looked_for_in_all_of_the_result() -> None:
    results.say_words(ROWS, words="book")
    with pytest.raises(AssertionError, match=r"the result says: 1\n +bookings"):
        results.say_words(ROWS, words="hotels")
