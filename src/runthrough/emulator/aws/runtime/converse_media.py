"""Converse's images, videos and sound: formats and sizes; how many pictures and documents.

Source: facts amazon-bedrock 2.4. The texts about the number and the names of documents are the
service's, as public issues quote them (2026); the vendor's about pictures are from memory.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from runthrough.emulator.aws.fields import broken_rule, missing
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
    member_place,
    object_at,
    one_member,
    required_choice,
    required_object,
)

IMAGES = ("png", "jpeg", "gif", "webp")
_GUARDED_IMAGES = ("png", "jpeg")
VIDEOS = ("mkv", "mov", "mp4", "webm", "flv", "mpeg", "mpg", "wmv", "three_gp")
AUDIO: tuple[str, ...] = ("mp3", "opus", "wav", "aac", "flac", "mp4", "ogg", "mkv", "mka")
AUDIO += ("x-aac", "m4a", "mpeg", "mpga", "pcm", "webm")
MAX_IMAGES, MAX_DOCUMENTS = 20, 5
_MAX_VIDEO_BYTES = 25_000_000
BYTES_A_TOKEN = 100


def read_image(value: Any, place: str, *, formats: tuple[str, ...] = IMAGES) -> Part:
    """Return an `image` block as a part. Raises Refused where it does not fit."""
    block = object_at(value, place)
    named = required_choice(block, "format", place, formats)
    data = read_source(block, place)
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
    names = [source.title for part in parts if part.kind == "document" for source in part.sources]
    if images > MAX_IMAGES:
        raise _of_vendor(f"too many images and documents: {images} + {len(names)} > {MAX_IMAGES}")
    if len(names) > MAX_DOCUMENTS:
        raise invalid(f"You can't include more than {MAX_DOCUMENTS} documents in a request.")
    if len(set(names)) < len(names):
        raise invalid(
            "Messages can't contain duplicate document names. Rename the document and retry your"
            " request."
        )


def _read_recording(value: Any, place: str, kind: str, formats: tuple[str, ...]) -> Part:
    block = object_at(value, place)
    required_choice(block, "format", place, formats)
    data = read_source(block, place)
    if len(data) >= _MAX_VIDEO_BYTES:
        rule = f"Member must have length less than {_MAX_VIDEO_BYTES}"
        raise broken_rule("", member_place(f"{place}.source.bytes"), rule)
    tokens = -(-len(data) // BYTES_A_TOKEN)
    return Part(kind, media=(kind,), media_tokens=tokens, identity=digest(data))


def read_source(block: dict[str, Any], place: str) -> bytes:
    """Return the bytes of a block's source. Raises Refused where it holds something else."""
    source = required_object(block, "source", place)
    known = ("bytes", "s3Location", "text", "content")
    kind, _ = one_member(source, f"{place}.source", known, "source")
    if kind == "s3Location":
        raise not_emulated(f"Reading from S3 in Converse ({place}.source.s3Location)")
    if kind != "bytes":
        raise missing(member_place(f"{place}.source.bytes"))
    return blob(source, "bytes", f"{place}.source")


def _of_vendor(text: str) -> Refused:
    return invalid(f"The model returned the following errors: {text}")
