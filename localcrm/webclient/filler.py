"""Text that weighs and compresses like a bundle (about 4:1), is valid in its language, and is the same every time."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Iterator

_VOCABULARY = (
    "account activity address allow async attribute binding cache change channel client column command condition "
    "contact  context control currency data default dialog entity event feature field filter form grid handler "
    "index item label  layout lookup message metadata navigate notify option order owner page panel parent process "
    "query quick record region  relation render request resource result role row save schema scope section select "
    "service session setting state status  store style summary tab table target template timeline title token "
    "update user value version view visible window "
)
_WORDS = tuple(_VOCABULARY.split())
#: Lines whose dice are thrown at once: a bundle has thousands of them.
_BATCH = 32


def content_of(path: str, size: int) -> bytes:
    """What the file at a path holds, by its kind."""
    makers = {"js": script, "css": stylesheet, "svg": icon}
    return makers[path.rpartition(".")[2]](path, size).encode()


def script(name: str, size: int) -> str:
    """A script of ``size`` bytes that defines functions and does nothing."""
    return _filled(name, size, '(function(){"use strict";var m={};\n', "})();\n", _script_lines)


def stylesheet(name: str, size: int) -> str:
    """A style sheet of ``size`` bytes whose classes nobody uses."""
    return _filled(name, size, f"/* {name} */\n", "", _style_lines)


def icon(name: str, size: int) -> str:
    """A drawing of ``size`` bytes."""
    head = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64" width="16" height="16">\n'
    return _filled(name, size, head, "</svg>\n", _path_lines)


def _filled(name: str, size: int, head: str, tail: str, batch: Callable[[random.Random], Iterator[str]]) -> str:
    dice = random.Random(name)
    parts, length = [head], len(head) + len(tail)
    for text in itertools.chain.from_iterable(batch(dice) for _ in itertools.count()):
        if length + len(text) > size:
            break
        parts.append(text)
        length += len(text)
    # Trailing spaces make the size exact in every language.
    return "".join(parts) + tail + " " * (size - length)


def _script_lines(dice: random.Random) -> Iterator[str]:
    words = iter(dice.choices(_WORDS, k=4 * _BATCH))
    keys = dice.randbytes(4 * _BATCH).hex()
    numbers = dice.choices(range(10_000), k=_BATCH)
    for line, (a, b, c, d, number) in enumerate(zip(words, words, words, words, numbers, strict=True)):
        key = keys[8 * line : 8 * line + 7]
        yield f'm["{a}.{b}#{key}"]=function(e,t,n){{var r=e.{c}||t.get("{d}");return r?n.{b}(r,{number}):null}};\n'


def _style_lines(dice: random.Random) -> Iterator[str]:
    names, colours = iter(dice.choices(_WORDS, k=2 * _BATCH)), dice.randbytes(9 * _BATCH).hex()
    spaces = zip(dice.choices(range(40), k=_BATCH), dice.choices(range(24), k=_BATCH), strict=True)
    for line, (a, b, (margin, padding)) in enumerate(zip(names, names, spaces, strict=True)):
        drawn = colours[18 * line : 18 * line + 17]
        yield (
            f".uc-{a}-{b}-{drawn[:5]}{{margin:{margin}px;padding:{padding}px;"
            f"color:#{drawn[5:11]};border:1px solid #{drawn[11:]}}}\n"
        )


def _path_lines(dice: random.Random) -> Iterator[str]:
    colours = dice.randbytes(3 * _BATCH).hex()
    for line in range(_BATCH):
        points = " ".join(map(str, dice.choices(range(64), k=8)))
        yield f'<path fill="#{colours[6 * line : 6 * line + 6]}" d="M {points} z"/>\n'
