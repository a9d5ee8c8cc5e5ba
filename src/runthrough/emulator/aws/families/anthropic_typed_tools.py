"""Tools that Anthropic has defined and the caller carries out: a shell, an editor, a screen.

A body names the type and gives no schema; the model knows it. Source: facts amazon-bedrock 4.1
(types); names, members and the inputs a model gives are the vendor's documentation. That a screen
needs a member of `anthropic_beta` is not checked.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from runthrough.emulator.aws.families.anthropic_fields import (
    flag_or,
    known_only,
    need_choice,
    need_whole,
    wrong,
)
from runthrough.emulator.aws.replies import Refused, invalid
from runthrough.emulator.standins import Tool

_TEXT, _WHOLE = {"type": "string"}, {"type": "integer"}
_SHELL = {
    "type": "object",
    "properties": {"command": _TEXT, "restart": {"type": "boolean"}},
    "required": ["command"],
}
_EDITOR = {
    "type": "object",
    "properties": {
        "command": {"type": "string", "enum": ["view", "create", "str_replace", "insert"]},
        "path": _TEXT,
        "file_text": _TEXT,
        "old_str": _TEXT,
        "new_str": _TEXT,
        "insert_line": _WHOLE,
        "view_range": {"type": "array", "items": _WHOLE},
    },
    "required": ["command", "path"],
}
_ACTIONS: tuple[str, ...] = (
    "screenshot",
    "left_click",
    "right_click",
    "middle_click",
    "double_click",
)
_ACTIONS += ("mouse_move", "left_click_drag", "cursor_position", "key", "type")
_SCREEN = {
    "type": "object",
    "properties": {
        "action": {"type": "string", "enum": list(_ACTIONS)},
        "coordinate": {"type": "array", "items": _WHOLE},
        "text": _TEXT,
    },
    "required": ["action"],
}
_BASH = Tool("bash", "Run a command in a shell.", _SHELL)
_FIRST_EDITOR = Tool("str_replace_editor", "View and edit a file.", _EDITOR)
_LATER_EDITOR = Tool("str_replace_based_edit_tool", "View and edit a file.", _EDITOR)
_COMPUTER = Tool("computer", "Use the screen, the mouse and the keyboard of a computer.", _SCREEN)
TYPED: Mapping[str, Tool] = MappingProxyType(
    {
        "bash_20241022": _BASH,
        "bash_20250124": _BASH,
        "computer_20241022": _COMPUTER,
        "computer_20250124": _COMPUTER,
        "computer_20251124": _COMPUTER,
        "text_editor_20241022": _FIRST_EDITOR,
        "text_editor_20250124": _FIRST_EDITOR,
        "text_editor_20250429": _LATER_EDITOR,
        "text_editor_20250728": _LATER_EDITOR,
    }
)
"""The tool each type stands for."""


def read_typed(tool: Mapping[str, Any], kind: str, place: str) -> Tool:
    """Return a tool that the vendor has defined.

    Args:
        tool: the member of `tools`.
        kind: its type.
        place: such as `tools.0`.

    Raises:
        Refused: there is no such type on Bedrock, or a member does not fit.
    """
    known = TYPED.get(kind)
    if known is None:
        raise unknown_type(kind, place)
    place = f"{place}.{kind}"
    members = {"type", "name", "cache_control"}
    if known is _COMPUTER:
        members |= {"display_width_px", "display_height_px", "display_number", "enable_zoom"}
        for side in ("display_width_px", "display_height_px"):
            if need_whole(tool, side, place) < 1:
                raise wrong(f"{place}.{side}", "Input should be greater than or equal to 1")
        flag_or(tool, "enable_zoom", place)
    elif kind == "text_editor_20250728":
        members |= {"max_characters"}
    known_only(tool, members, place)
    need_choice(tool, "name", place, (known.name,))
    return known


def unknown_type(kind: str, place: str) -> Refused:
    """Return the vendor's refusal of a type of tool that is none (a capture in public issues)."""
    tags = ", ".join(f"'{one}'" for one in sorted((*TYPED, "custom")))
    return invalid(
        f"{place}: Input tag '{kind}' found using 'type' does not match any of the expected tags:"
        f" {tags}"
    )
