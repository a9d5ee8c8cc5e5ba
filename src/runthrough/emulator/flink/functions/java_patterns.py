r"""Java's regular expressions as Python's `re` reads them.

Read character by character into a pattern for `re.ASCII`. What differs is written out: `.` and
`$` know Java's line ends, `\d \w \s` are ASCII, `\b` is not, classes may be nested and
intersected, flags may be set in the middle. What `re` cannot do is named and refused, never
answered wrongly. Source: facts/flink-sql-ai.md 6.2 ("Java regex; bad regex → NULL").
"""

from __future__ import annotations

import re
import sys
import unicodedata
from functools import lru_cache

_LINE_ENDS = r"\n\r\u0085\u2028\u2029"
_END = r"(?:\Z|(?=\r\n\Z|(?<!\r)\n\Z|[\r\u0085\u2028\u2029]\Z))"
_LINE_END = r"(?:\Z|(?=\r\n|(?<!\r)\n|[\r\u0085\u2028\u2029]))"
_CLASSES = {
    "d": "0-9",
    "w": "a-zA-Z0-9_",
    "s": r" \t\n\x0b\f\r",
    "h": r" \t\xa0\u1680\u180e\u2000-\u200a\u202f\u205f\u3000",
    "v": r"\n\x0b\f\r\x85\u2028\u2029",
}
_POSIX = {
    "Lower": "a-z", "Upper": "A-Z", "Alpha": "a-zA-Z", "Digit": "0-9", "Alnum": "a-zA-Z0-9",
    "ASCII": r"\x00-\x7f", "Punct": r"!-/:-@\[-`{-~", "Graph": "!-~", "Print": " -~",
    "Blank": r" \t", "Cntrl": r"\x00-\x1f\x7f", "XDigit": "0-9a-fA-F", "Space": r" \t\n\x0b\f\r",
}  # fmt: skip
_NAMED = {
    "IsAlphabetic": ("L", "Nl"), "IsLetter": ("L",), "IsDigit": ("Nd",), "IsUppercase": ("Lu",),
    "IsLowercase": ("Ll",), "IsPunctuation": ("P",), "IsWhite_Space": ("Z",),
    "javaUpperCase": ("Lu",), "javaLowerCase": ("Ll",),
}  # fmt: skip
_CATEGORY = re.compile("L[ultmo]?|M[nce]?|N[dlo]?|P[cdseifo]?|S[mcko]?|Z[slp]?|C[cfon]?")
_ESCAPES = {"t": r"\t", "n": r"\n", "r": r"\r", "f": r"\f", "a": r"\x07", "e": r"\x1b"}


class BadPatternError(Exception):
    """Java would not take this pattern either."""


class UntranslatableError(Exception):
    """Java takes this pattern and `re` has nothing like it; the text names what."""


@lru_cache(maxsize=512)
def compiled(pattern: str) -> re.Pattern[str]:
    """Return a Java pattern, ready for use.

    Raises:
        BadPatternError, UntranslatableError: see there.
    """
    text = Translator(pattern).whole()
    try:
        return re.compile(text, re.ASCII)
    except (re.error, OverflowError, RecursionError) as error:
        if "look-behind" in str(error):
            raise UntranslatableError("look-behind of variable width") from error
        raise BadPatternError(str(error)) from error


class Translator:
    """Reads one Java pattern from left to right."""

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        self.at = 0
        self.dotall = False
        self.multiline = False

    def whole(self) -> str:
        """Return the pattern in Python's words."""
        text = self._alternatives()
        if self.at < len(self.pattern):
            raise BadPatternError("Unmatched closing ')'")
        return text

    def _peek(self, text: str) -> bool:
        return self.pattern.startswith(text, self.at)

    def _next(self) -> str:
        if self.at >= len(self.pattern):
            raise BadPatternError("Unexpected end")
        self.at += 1
        return self.pattern[self.at - 1]

    # -- groups --------------------------------------------------------------------------------

    def _alternatives(self) -> str:
        """Read up to the closing parenthesis; flags set inside end with it."""
        before = (self.dotall, self.multiline)
        parts, closers = [], ""
        while self.at < len(self.pattern) and not self._peek(")"):
            if flags := re.compile(r"\(\?([a-zA-Z]*)(?:-([a-zA-Z]+))?\)").match(
                self.pattern, self.at
            ):
                self.at = flags.end()
                opened = self._flags(flags[1], flags[2] or "")
                if opened:
                    parts.append(f"(?{opened}:")
                    closers += ")"
            elif self._peek("|"):
                self.at += 1
                # A flag set in one alternative holds for those after it.
                parts.append(closers + "|" + "".join(self._reopened(parts)))
            else:
                parts.append(self._quantified())
        self.dotall, self.multiline = before
        return "".join(parts) + closers

    def _reopened(self, parts: list[str]) -> list[str]:
        return [part for part in parts if re.fullmatch(r"\(\?[im-]+:", part)]

    def _flags(self, on: str, off: str) -> str:
        """Note flags; return those that Python must know too."""
        for flag in on + off:
            if flag not in "ims":
                raise UntranslatableError(f"the flag (?{flag})")
        for flags, value in ((on, True), (off, False)):
            self.dotall = value if "s" in flags else self.dotall
            self.multiline = value if "m" in flags else self.multiline
        kept_on = "".join(f for f in "im" if f in on)
        kept_off = "".join(f for f in "im" if f in off)
        return kept_on + (f"-{kept_off}" if kept_off else "")

    def _group(self) -> str:
        """Read a group after its opening parenthesis."""
        head = "("
        before = (self.dotall, self.multiline)
        for written in ("?:", "?=", "?!", "?<=", "?<!", "?>"):
            if self._peek(written):
                self.at += len(written)
                head = "(" + written
                break
        else:
            if self._peek("?<"):
                name = re.compile(r"\?<([a-zA-Z][a-zA-Z0-9]*)>").match(self.pattern, self.at)
                if name is None:
                    raise BadPatternError("Unknown look-behind group")
                self.at = name.end()
                head = f"(?P<{name[1]}>"
            elif self._peek("?"):
                flags = re.compile(r"\?([a-zA-Z]*)(?:-([a-zA-Z]+))?:").match(self.pattern, self.at)
                if flags is None:
                    raise BadPatternError("Unknown inline modifier")
                self.at = flags.end()
                head = f"(?{self._flags(flags[1], flags[2] or '')}:"
        inside = self._alternatives()
        if not self._peek(")"):
            raise BadPatternError("Unclosed group")
        self.at += 1
        self.dotall, self.multiline = before
        return head + inside + ")"

    # -- pieces --------------------------------------------------------------------------------

    def _quantified(self) -> str:
        piece = self._piece()
        found = re.compile(r"(?:[*+?]|\{\d+(?:,\d*)?\})[+?]?").match(self.pattern, self.at)
        if found is None:
            return piece
        self.at = found.end()
        return piece + found[0]

    def _piece(self) -> str:
        character = self._next()
        match character:
            case "(":
                return self._group()
            case "[":
                return self._class()
            case "\\":
                return self._escape()
            case ".":
                return "[\\s\\S]" if self.dotall else f"[^{_LINE_ENDS}]"
            case "$":
                return _LINE_END if self.multiline else _END
            case "^":
                return "^"
            case "*" | "+" | "?":
                raise BadPatternError(f"Dangling meta character '{character}'")
            case "{":
                raise BadPatternError("Illegal repetition")
            case _:
                return re.escape(character)

    def _escape(self) -> str:
        character = self._next()
        if (simple := self._one_character(character)) is not None:
            return simple
        if character.lower() in _CLASSES and character != "V" and character != "H":
            return f"[{'^' if character.isupper() else ''}{_CLASSES[character.lower()]}]"
        match character:
            case "V" | "H":
                return f"[^{_CLASSES[character.lower()]}]"
            case "p" | "P":
                return f"[{'^' if character == 'P' else ''}{self._property()}]"
            case "b" | "B":
                return f"(?u:\\{character})"
            case "A":
                return "\\A"
            case "z":
                return "\\Z"
            case "Z":
                return _END
            case "R":
                return r"(?:\r\n|[\n-\r\x85\u2028\u2029])"
            case "Q":
                return self._quoted()
            case "k":
                name = re.compile(r"<([a-zA-Z][a-zA-Z0-9]*)>").match(self.pattern, self.at)
                if name is None:
                    raise BadPatternError("\\k is not followed by '<'")
                self.at = name.end()
                return f"(?P={name[1]})"
            case "G" | "X" | "N":
                raise UntranslatableError(f"\\{character}")
            case _ if character in "123456789":
                return f"(?:\\{character})"
            case _:
                raise BadPatternError("Illegal/unsupported escape sequence")

    def _one_character(self, character: str) -> str | None:
        """Return what an escape stands for if it stands for one character."""
        if character in _ESCAPES:
            return _ESCAPES[character]
        number = {"x": r"\{([0-9a-fA-F]+)\}|([0-9a-fA-F]{2})", "u": r"([0-9a-fA-F]{4})",
                  "0": r"([0-3]?[0-7]{1,2})", "c": r"(.)"}.get(character)  # fmt: skip
        if number:
            found = re.compile(number, re.DOTALL).match(self.pattern, self.at)
            if found is None:
                raise BadPatternError("Illegal escape sequence")
            self.at = found.end()
            digits = next(group for group in found.groups() if group is not None)
            if character == "c":
                return re.escape(chr(ord(digits) ^ 64))
            return re.escape(chr(int(digits, 8 if character == "0" else 16)))
        return None if character.isascii() and character.isalnum() else re.escape(character)

    def _quoted(self) -> str:
        end = self.pattern.find("\\E", self.at)
        text = self.pattern[self.at : end if end >= 0 else None]
        self.at = len(self.pattern) if end < 0 else end + 2
        return "".join(re.escape(c) for c in text)

    def _property(self) -> str:
        r"""Read the name after \p and return the inside of a class."""
        found = re.compile(r"\{(\^?)([\w=]+)\}|()([A-Z])").match(self.pattern, self.at)
        if found is None:
            raise BadPatternError("Unknown character property")
        self.at = found.end()
        name = found[2] or found[4]
        if name in _POSIX:
            return _POSIX[name]
        if name in _NAMED:
            return _ranges(_NAMED[name])
        bare = name.removeprefix("Is").removeprefix("gc=").removeprefix("general_category=")
        if _CATEGORY.fullmatch(bare):
            return _ranges((bare,))
        if name.startswith(("Is", "In", "java", "script=", "sc=", "blk=", "block=")):
            raise UntranslatableError(f"\\p{{{name}}}")
        raise BadPatternError(f"Unknown character property name {{{name}}}")

    # -- classes -------------------------------------------------------------------------------

    def _class(self) -> str:
        """Read a class after its opening bracket; return what matches one character of it."""
        negated = self._peek("^")
        self.at += int(negated)
        parts: list[str] = []
        union: list[str] = []
        plain = ""
        first = True
        while first or not self._peek("]"):
            if self._peek("&&"):
                self.at += 2
                parts.append(_union(plain, union))
                union, plain = [], ""
                if self._peek("]"):
                    break
                continue
            first = False
            character = self._next()
            if character == "[":
                union.append(self._class())
            elif character == "\\" and self._peek("Q"):
                self.at += 1
                plain += self._quoted()
            else:
                plain += self._member(character)
        self.at += 1
        parts.append(_union(plain, union))
        wanted = [part for part in parts if part]
        if not wanted:
            raise BadPatternError("Unclosed character class")
        return _intersection(wanted, negated)

    def _member(self, character: str) -> str:
        """Return one character, range or predefined class, for the inside of brackets."""
        low = self._class_character(character)
        if len(low) > 1 and low[0] == "[":
            return low[1:-1]
        if not self._peek("-") or self.pattern.startswith(("-]", "-[", "-&&"), self.at):
            return low
        self.at += 1
        high = self._class_character(self._next())
        return f"{low}-{high}"

    def _class_character(self, character: str) -> str:
        if character != "\\":
            return re.escape(character) if character in "\\]^-[&~|" else character
        escaped = self._next()
        simple = self._one_character(escaped)
        if simple is not None:
            return simple
        if escaped in "pP":
            inside = self._property()
            if escaped == "P":
                raise UntranslatableError("\\P inside a class")
            return f"[{inside}]"
        if escaped in _CLASSES:
            return f"[{_CLASSES[escaped]}]"
        if escaped in "DWS":
            return f"[\\{escaped}]"
        raise BadPatternError("Illegal escape in a class")


def _union(plain: str, others: list[str]) -> str:
    choices = ([f"[{plain}]"] if plain else []) + others
    return choices[0] if len(choices) == 1 else f"(?:{'|'.join(choices)})" if choices else ""


def _intersection(parts: list[str], negated: bool) -> str:
    *tests, last = parts
    if not tests:
        if not negated:
            return last
        if last.startswith("[") and not last.startswith("[^"):
            return "[^" + last[1:]
        return f"(?:(?!{last})[\\s\\S])"
    both = "".join(f"(?={test})" for test in tests) + last
    return f"(?:(?!{both})[\\s\\S])" if negated else f"(?:{both})"


@lru_cache(maxsize=64)
def _ranges(categories: tuple[str, ...]) -> str:
    """Return the characters of Unicode categories as the inside of a class."""
    text, start = "", -1
    for code in range(sys.maxunicode + 2):
        inside = code <= sys.maxunicode and unicodedata.category(chr(code)).startswith(categories)
        if inside and start < 0:
            start = code
        elif not inside and start >= 0:
            text += f"\\U{start:08x}-\\U{code - 1:08x}"
            start = -1
    return text
