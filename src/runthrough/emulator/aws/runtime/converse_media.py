"""Converse's images, documents, videos and sound: formats, sizes, names.

Source: facts amazon-bedrock 2.4 (rules), 2.11 (a document needs a text). The text about document
names is the service's, as public issues quote it; two measurements there (August and September
2026) found an underscore accepted, so it is here, though the documentation does not list it. The
vendor's texts about pictures are from memory.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from runthrough.emulator.aws.fields import broken_rule, member_object, missing
from runthrough.emulator.aws.media import (
    MAX_IMAGE_BASE64,
    MAX_IMAGE_SIDE,
    base64_size,
    digest,
    read_picture,
)
from runthrough.emulator.aws.parts import Part
from runthrough.emulator.aws.replies import Refused, invalid, not_emulated
from runthrough.emulator.aws.runtime.converse_fields import (
    blob,
    choice,
    flag,
    member_place,
    object_at,
    one_member,
    required_choice,
    required_list,
    required_object,
    required_text,
)

IMAGES = ("png", "jpeg", "gif", "webp")
_GUARDED_IMAGES = ("png", "jpeg")
DOCUMENTS = ("pdf", "csv", "doc", "docx", "xls", "xlsx", "html", "txt", "md")
_READABLE = {"csv", "html", "txt", "md"}
VIDEOS = ("mkv", "mov", "mp4", "webm", "flv", "mpeg", "mpg", "wmv", "three_gp")
AUDIO: tuple[str, ...] = ("mp3", "opus", "wav", "aac", "flac", "mp4", "ogg", "mkv", "mka")
AUDIO += ("x-aac", "m4a", "mpeg", "mpga", "pcm", "webm")
MAX_IMAGES, MAX_DOCUMENTS = 20, 5
_MAX_DOCUMENT_BYTES = 4_718_592
_MAX_VIDEO_BYTES = 25_000_000
_BYTES_A_TOKEN = 100
_NAME = re.compile(r"[A-Za-z0-9_\-()\[\]]+(?: [A-Za-z0-9_\-()\[\]]+)*| ?")


def read_image(value: Any, place: str, *, formats: tuple[str, ...] = IMAGES) -> Part:
    """Return an `image` block as a part. Raises Refused where it does not fit."""
    block = object_at(value, place)
    named = required_choice(block, "format", place, formats)
    data = _source(block, place)
    encoded = base64_size(len(data))
    if encoded > MAX_IMAGE_BASE64:
        raise _of_vendor(
            f"{place}.source.bytes: image exceeds 5 MB maximum: {encoded} bytes > "
            f"{MAX_IMAGE_BASE64} bytes"
        )
    picture = read_picture(data)
    if picture is None:
        raise _of_vendor("Could not process image")
    if picture.format != named:
        raise _of_vendor(
            f"{place}.source.bytes: The image was specified using the image/{named} media type, "
            f"but the image appears to be a image/{picture.format} image"
        )
    if max(picture.width, picture.height) > MAX_IMAGE_SIDE:
        raise _of_vendor(
            f"{place}.source.bytes: At least one of the image dimensions exceed max allowed size:"
            f" {MAX_IMAGE_SIDE} pixels"
        )
    return Part("image", media=("image",), media_tokens=picture.tokens, identity=digest(data))


def read_guarded_image(value: Any, place: str) -> Part:
    """Return the picture of a `guardContent` block as a part. Raises Refused."""
    return read_image(value, place, formats=_GUARDED_IMAGES)


def read_document(value: Any, place: str) -> Part:
    """Return a `document` block as a part: what can be read is read, the rest counts by size."""
    block = object_at(value, place)
    name = required_text(block, "name", place)
    _check_name(name, place)
    named = choice(block, "format", place, DOCUMENTS) or "txt"
    if flag(member_object(block, "citations", f"{place}.citations") or {}, "enabled", place):
        raise not_emulated(f"Citing documents in Converse ({place}.citations)")
    context = "" if block.get("context") is None else required_text(block, "context", place)
    source = required_object(block, "source", place)
    kind, _ = one_member(
        source, f"{place}.source", ("bytes", "s3Location", "text", "content"), "DocumentSource"
    )
    if kind in ("text", "content"):
        text = _document_text(source, kind, f"{place}.source")
        return Part("document", f"{context}\n{text}".strip(), identity=name)
    data = _source(block, place)
    if len(data) > _MAX_DOCUMENT_BYTES:
        rule = f"Member must have length less than or equal to {_MAX_DOCUMENT_BYTES}"
        raise broken_rule(name, member_place(f"{place}.source.bytes"), rule)
    identity = f"{name}:{digest(data)}"
    if named in _READABLE:
        text = f"{context}\n{data.decode('utf-8', 'replace')}".strip()
        return Part("document", text, identity=identity)
    tokens = -(-len(data) // _BYTES_A_TOKEN)
    return Part("document", context, media=("document",), media_tokens=tokens, identity=identity)


def read_video(value: Any, place: str) -> Part:
    """Return a `video` block as a part. Raises Refused where it does not fit."""
    return _read_recording(value, place, "video", VIDEOS)


def read_audio(value: Any, place: str) -> Part:
    """Return an `audio` block as a part. Raises Refused where it does not fit."""
    return _read_recording(value, place, "audio", AUDIO)


def check_media(parts: Iterable[Part]) -> None:
    """Refuse too many pictures or documents. Raises Refused.

    Args:
        parts: every part of every message.
    """
    parts = list(parts)
    images = sum(part.media.count("image") for part in parts)
    documents = sum(part.kind == "document" for part in parts)
    if images > MAX_IMAGES:
        raise _of_vendor(f"too many images and documents: {images} + {documents} > {MAX_IMAGES}")
    if documents > MAX_DOCUMENTS:
        raise invalid(
            f"The number of documents in the request, {documents}, exceeds the limit of "
            f"{MAX_DOCUMENTS}. Remove documents and try again."
        )


def _read_recording(value: Any, place: str, kind: str, formats: tuple[str, ...]) -> Part:
    block = object_at(value, place)
    required_choice(block, "format", place, formats)
    data = _source(block, place)
    if len(data) >= _MAX_VIDEO_BYTES:
        rule = f"Member must have length less than {_MAX_VIDEO_BYTES}"
        raise broken_rule("", member_place(f"{place}.source.bytes"), rule)
    tokens = -(-len(data) // _BYTES_A_TOKEN)
    return Part(kind, media=(kind,), media_tokens=tokens, identity=digest(data))


def _source(block: dict[str, Any], place: str) -> bytes:
    source = required_object(block, "source", place)
    known = ("bytes", "s3Location", "text", "content")
    kind, _ = one_member(source, f"{place}.source", known, "source")
    if kind == "s3Location":
        raise not_emulated(f"Reading from S3 in Converse ({place}.source.s3Location)")
    if kind != "bytes":
        raise missing(member_place(f"{place}.source.bytes"))
    return blob(source, "bytes", f"{place}.source")


def _document_text(source: dict[str, Any], kind: str, place: str) -> str:
    if kind == "text":
        return required_text(source, "text", place)
    blocks = required_list(source, "content", place)
    return "\n".join(
        required_text(object_at(block, f"{place}.content.{at}"), "text", f"{place}.content.{at}")
        for at, block in enumerate(blocks)
    )


def _check_name(name: str, place: str) -> None:
    where = member_place(f"{place}.name")
    if not name:
        raise broken_rule(name, where, "Member must have length greater than or equal to 1")
    if len(name) > 200:
        raise broken_rule(name, where, "Member must have length less than or equal to 200")
    if not _NAME.fullmatch(name.strip(" ")) or "  " in name:
        raise invalid(
            "The document file name can only contain alphanumeric characters, whitespace"
            " characters, hyphens, parentheses, and square brackets. The name can't contain more"
            " than one consecutive whitespace character. Check that the file name conforms to"
            " these restrictions and retry your request."
        )


def _of_vendor(text: str) -> Refused:
    return invalid(f"The model returned the following errors: {text}")
