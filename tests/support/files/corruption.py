"""Damage to files on disk: single flipped bits and truncations, the same ones for the same seed."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import accumulate
from pathlib import Path
from random import Random
from typing import NamedTuple

BITS = 8


class Damage(NamedTuple):
    """A file and the damaged content for it."""

    path: Path
    what: str
    content: bytes


def flipped_bits(paths: Sequence[Path], count: int, seed: int) -> Iterator[Damage]:
    """Flip one bit in each damage, drawn without replacement from all bits of all files."""
    contents = [path.read_bytes() for path in paths]
    ends = list(accumulate(map(len, contents)))
    for bit in Random(seed).sample(range(ends[-1] * BITS), count):
        file = next(index for index, end in enumerate(ends) if bit // BITS < end)
        position = bit // BITS - (ends[file] - len(contents[file]))
        content = bytearray(contents[file])
        content[position] ^= 1 << bit % BITS
        yield Damage(paths[file], f"bit {bit % BITS} of byte {position}", bytes(content))


def truncations(paths: Sequence[Path], count: int, seed: int) -> Iterator[Damage]:
    """Truncate the files in turn: first to nothing, then by one byte, then at random positions."""
    random = Random(seed)
    for number in range(count):
        path = paths[number % len(paths)]
        content = path.read_bytes()
        length = {0: 0, 1: len(content) - 1}.get(number // len(paths), random.randrange(len(content)))
        yield Damage(path, f"cut to {length} bytes", content[:length])


def not_refused(
    damages: Iterable[Damage], check: Callable[[], object], rejection: type[Exception]
) -> list[str]:
    """Apply each damage, run the check and restore the file.

    The result describes each damage for which the check raised no `rejection`, or one that does not name
    the file.
    """
    missed = []
    for damage in damages:
        original = damage.path.read_bytes()
        overwrite(damage.path, damage.content)
        try:
            check()
        except rejection as error:
            if damage.path.name not in str(error):
                missed.append(f"{damage.path.name}, {damage.what}: {error}")
        else:
            missed.append(f"{damage.path.name}, {damage.what}: accepted")
        finally:
            overwrite(damage.path, original)
    return missed


def overwrite(path: Path, content: bytes) -> None:
    """Write without emptying the file first, which takes milliseconds on some file systems."""
    with path.open("r+b") as file:
        file.write(content)
        file.truncate()
