"""Text that weighs and compresses like a bundle (about 4:1), is valid in its language, and is the same every time."""

from __future__ import annotations

import random

_VOCABULARY = (
    "account activity address allow async attribute binding cache change channel client column command condition "
    "contact  context control currency data default dialog entity event feature field filter form grid handler "
    "index item label  layout lookup message metadata navigate notify option order owner page panel parent process "
    "query quick record region  relation render request resource result role row save schema scope section select "
    "service session setting state status  store style summary tab table target template timeline title token "
    "update user value version view visible window "
)
_WORDS = tuple(_VOCABULARY.split())


def content_of(path: str, size: int) -> bytes:
    """What the file at a path holds, by its kind."""
    makers = {"js": script, "css": stylesheet, "svg": icon}
    return makers[path.rpartition(".")[2]](path, size).encode()


def script(name: str, size: int) -> str:
    """A script of ``size`` bytes that defines functions and does nothing."""
    return _filled(name, size, '(function(){"use strict";var m={};\n', "})();\n", _script_line)


def stylesheet(name: str, size: int) -> str:
    """A style sheet of ``size`` bytes whose classes nobody uses."""
    return _filled(name, size, f"/* {name} */\n", "", _style_line)


def icon(name: str, size: int) -> str:
    """A drawing of ``size`` bytes."""
    head = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64" width="16" height="16">\n'
    return _filled(name, size, head, "</svg>\n", _path_line)


def _filled(name: str, size: int, head: str, tail: str, line: object) -> str:
    assert callable(line)
    dice = random.Random(name)
    parts, length = [head], len(head) + len(tail)
    while True:
        text = line(dice)
        if length + len(text) > size:
            # Trailing spaces make the size exact in every language.
            return "".join(parts) + tail + " " * (size - length)
        parts.append(text)
        length += len(text)


def _script_line(dice: random.Random) -> str:
    a, b, c, d = (dice.choice(_WORDS) for _ in range(4))
    key = f"{dice.getrandbits(28):07x}"
    number = dice.randrange(10_000)
    return f'm["{a}.{b}#{key}"]=function(e,t,n){{var r=e.{c}||t.get("{d}");return r?n.{b}(r,{number}):null}};\n'


def _style_line(dice: random.Random) -> str:
    a, b = dice.choice(_WORDS), dice.choice(_WORDS)
    return (
        f".uc-{a}-{b}-{dice.getrandbits(20):05x}{{margin:{dice.randrange(40)}px;padding:{dice.randrange(24)}px;"
        f"color:#{dice.getrandbits(24):06x};border:1px solid #{dice.getrandbits(24):06x}}}\n"
    )


def _path_line(dice: random.Random) -> str:
    points = " ".join(f"{dice.randrange(64)} {dice.randrange(64)}" for _ in range(4))
    return f'<path fill="#{dice.getrandbits(24):06x}" d="M {points} z"/>\n'
