"""Texts as Java makes them: formatting, encodings, URLs, digests; row by row.

Source: facts/flink-sql-ai.md 6.2 names the functions; the details are those of Java's classes.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import random
import re
import urllib.parse
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation


def replace(text: str, search: str, replacement: str) -> str:
    """REPLACE, where nothing to search for stands between all characters, as in Java."""
    return text.replace(search, replacement)


def position(text: str, needle: str, start: int, nth: int) -> int:
    """INSTR: where the nth occurrence at or after a start is, from 1; 0 for none.

    A negative start counts from the end and searches backwards.
    """
    if start == 0 or nth < 1:
        return 0
    if start < 0:
        found = len(text) + start + 1
        for _ in range(nth):
            found = text.rfind(needle, 0, max(found - 1 + len(needle), 0)) + 1
            if found == 0:
                return 0
        return found
    found = start - 1
    for n in range(nth):
        found = text.find(needle, found + (1 if n else 0))
        if found < 0:
            return 0
    return found + 1


def capitalised(text: str) -> str:
    """INITCAP: every word in lower case with an upper-case first letter; words are A-Z, 0-9."""
    return re.sub(r"[A-Za-z0-9]+", lambda m: m[0][0].upper() + m[0][1:].lower(), text)


def translated(text: str, old: str, new: str) -> str:
    """TRANSLATE: characters of `old` replaced by those of `new`; where none is left, dropped."""
    table: dict[int, str] = {}
    for place, character in enumerate(old):
        table.setdefault(ord(character), new[place : place + 1])
    return text.translate(table)


def overlaid(text: str, part: str, start: int, length: int) -> str:
    """OVERLAY: `length` characters from `start` on replaced; a start outside changes nothing.

    A negative length stands for the length of the part.
    """
    if start <= 0 or start > len(text):
        return text
    size = len(part) if length < 0 else length
    return text[: start - 1] + part + text[start - 1 + size :]


# -- encodings -------------------------------------------------------------------------------------

_CHARSETS = {
    "UTF-16": "utf-16-be", "ISO-8859-1": "latin-1", "US-ASCII": "ascii", "UTF-8": "utf-8",
    "UTF-16BE": "utf-16-be", "UTF-16LE": "utf-16-le",
}  # fmt: skip


def encoded(text: str, charset: str) -> bytes:
    """ENCODE. Raises ValueError: no such character set."""
    name = _charset(charset)
    mark = b"\xfe\xff" if charset.upper() == "UTF-16" else b""
    return mark + text.encode(name, "replace")


def decoded(data: bytes, charset: str) -> str:
    """DECODE. Raises ValueError: no such character set."""
    name = _charset(charset)
    if charset.upper() == "UTF-16" and data[:2] in (b"\xfe\xff", b"\xff\xfe"):
        return bytes(data).decode("utf-16", "replace")
    return bytes(data).decode(name, "replace")


def _charset(name: str) -> str:
    if name.upper() not in _CHARSETS:
        raise ValueError(name)
    return _CHARSETS[name.upper()]


def sized(data: bytes, length: int, filled: bool) -> bytes:
    """Return bytes cut to a length and, for BINARY, filled up with zeros."""
    cut = bytes(data)[:length]
    return cut.ljust(length, b"\0") if filled else cut


def from_base64(text: str) -> str:
    """FROM_BASE64. Raises ValueError: a character that is none of base64."""
    if wrong := re.search(r"[^A-Za-z0-9+/=]", text):
        raise ValueError(f"Illegal base64 character {ord(wrong[0]):x}")
    try:
        padded = text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4)
        return base64.b64decode(padded, validate=True).decode("utf-8", "replace")
    except binascii.Error as error:
        raise ValueError("Input byte[] should at least have 2 bytes for base64 bytes") from error


def unhex(text: str) -> bytes | None:
    """UNHEX: NULL for what is no hexadecimal number; an odd number of digits begins with 0."""
    if not re.fullmatch(r"[0-9A-Fa-f]*", text):
        return None
    return bytes.fromhex("0" * (len(text) % 2) + text)


def sha(text: str, bits: int) -> str | None:
    """SHA2: a digest in hexadecimal digits of lower case. Raises ValueError: no such length."""
    if bits not in (224, 256, 384, 512):
        raise ValueError("Unsupported algorithm.")
    return hashlib.new(f"sha{bits}", text.encode()).hexdigest()


def random_double(seed: int) -> float:
    """RAND(seed): the same number for the same seed; which one is ours, not Java's."""
    return random.Random(seed).random()


# -- URLs ------------------------------------------------------------------------------------------


def url_part(url: str, part: str) -> str | None:
    """PARSE_URL: one part of a URL; NULL for what is no URL, has no such part, or names none."""
    if not re.match(r"[A-Za-z][A-Za-z0-9+.-]*:", url):
        return None
    try:
        split = urllib.parse.urlsplit(url)
    except ValueError:
        return None
    if split.scheme.lower() not in ("http", "https", "ftp", "file", "jar", "mailto"):
        return None
    host = split.netloc.rpartition("@")[2].partition(":")[0]
    user = split.netloc.rpartition("@")[0]
    values = {
        "HOST": host,
        "PATH": split.path,
        "QUERY": split.query or None,
        "REF": split.fragment or None,
        "PROTOCOL": split.scheme,
        "FILE": split.path + (f"?{split.query}" if split.query else ""),
        "AUTHORITY": split.netloc or None,
        "USERINFO": user or None,
    }
    return values.get(part)


def url_query(url: str, key: str) -> str | None:
    """PARSE_URL with a key: the value of one parameter of the query."""
    query = url_part(url, "QUERY") or ""
    found = re.search(rf"(?:^|&){re.escape(key)}=([^&]*)", query)
    return found[1] if found else None


def url_encoded(text: str) -> str:
    """URL_ENCODE: as HTML forms are; blanks become +."""
    return urllib.parse.quote_plus(text, safe="*-._").replace("~", "%7E")


def url_decoded(text: str) -> str | None:
    """URL_DECODE: NULL for a broken escape."""
    if re.search(r"%(?![0-9A-Fa-f]{2})", text):
        return None
    return urllib.parse.unquote_plus(text)


# -- PRINTF ----------------------------------------------------------------------------------------

_SPEC = re.compile(r"%(?:(\d+)\$)?([-#+ 0,(<]*)(\d+)?(?:\.(\d+))?([a-zA-Z%])")
WHOLES, EXACT, DOUBLES, TEXTS, FLAGS = "i", "n", "f", "s", "b"
"""Letters for the kinds of PRINTF's arguments, which come as texts."""


def printed(pattern: str | None, kinds: str, values: list[str | None]) -> str | None:
    """PRINTF: values put into a pattern as Java's Formatter does; NULL where that would fail.

    Args:
        pattern: with `%d`, `%5.2f`, `%2$s` ….
        kinds: one letter for each value: i n f s b.
        values: as text; None for NULL.
    """
    if pattern is None:
        return None
    result, at, ordinary, last = "", 0, 0, -1
    while at < len(pattern):
        percent = pattern.find("%", at)
        if percent < 0:
            return result + pattern[at:]
        result += pattern[at:percent]
        spec = _SPEC.match(pattern, percent)
        if spec is None:
            return None
        at = spec.end()
        number, flags, width, digits, letter = spec.groups()
        size = int(width or 0)
        if letter in "%n":
            result += _padded("%" if letter == "%" else "\n", flags, size)
            continue
        if number:
            last = int(number) - 1
        elif "<" not in flags:
            last, ordinary = ordinary, ordinary + 1
        if not 0 <= last < len(values):
            return None
        text = _converted(letter, flags, digits, kinds[last], values[last], size)
        if text is None:
            return None
        result += _padded(text, flags, size)
    return result


def _padded(text: str, flags: str, width: int) -> str:
    return text.ljust(width) if "-" in flags else text.rjust(width)


def _converted(
    letter: str, flags: str, digits: str | None, kind: str, value: str | None, width: int
) -> str | None:
    """Return one value in the form a letter asks for; None where Java throws."""
    lower = letter.lower()
    text: str | None
    if lower == "s":
        text = "null" if value is None else value
        text = text.lower() if kind == FLAGS else text
        text = text[: int(digits)] if digits else text
    elif lower == "b":
        text = "false" if value is None else (value.lower() if kind == FLAGS else "true")
    elif value is None:
        text = "null" if lower in "dxofegc" else None
    elif lower == "d" and kind == WHOLES:
        text = _signed(f"{abs(int(value)):{',' if ',' in flags else ''}}", value, flags, width)
    elif lower in "xo" and kind == WHOLES:
        text = f"{int(value) & 0xFFFFFFFFFFFFFFFF if int(value) < 0 else int(value):{lower}}"
        text = ("0x" if lower == "x" else "0") + text if "#" in flags else text
        text = text.rjust(width, "0") if "0" in flags else text
    elif lower in "feg" and kind in (DOUBLES, EXACT):
        text = _floating(lower, flags, 6 if digits is None else int(digits), value, width)
    elif lower == "c" and kind == WHOLES:
        text = chr(int(value))
    else:
        return None
    return text.upper() if text is not None and letter.isupper() else text


def _floating(lower: str, flags: str, digits: int, value: str, width: int) -> str:
    try:
        exact = Decimal(value)
    except InvalidOperation:
        return value
    size = abs(exact)
    if not exact.is_finite():
        return value
    if lower == "e":
        text = f"{size:.{digits}e}"
        mantissa, _, power = text.partition("e")
        text = f"{mantissa}e{'-' if int(power) < 0 else '+'}{abs(int(power)):02d}"
    elif lower == "g":
        return _floating("f" if Decimal("0.0001") <= size < Decimal(10) ** digits else "e", flags,
                         max(digits - 1, 0), value, width)  # fmt: skip
    else:
        rounded = size.quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP)
        text = f"{rounded:{',' if ',' in flags else ''}f}"
    return _signed(text, value, flags, width)


def _signed(text: str, value: str, flags: str, width: int) -> str:
    negative = value.startswith("-")
    head = "-" if negative else "+" if "+" in flags else " " if " " in flags else ""
    tail = ""
    if negative and "(" in flags:
        head, tail = "(", ")"
    if "0" in flags:
        text = text.rjust(width - len(head) - len(tail), "0")
    return head + text + tail
