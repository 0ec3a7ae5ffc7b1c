"""Damage to a file on disk: single flipped bits and cut ends, the same ones for the same seed."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import accumulate
from pathlib import Path
from random import Random
from typing import NamedTuple

BITS = 8


class Damage(NamedTuple):
    """One file with one thing wrong with it."""

    path: Path
    what: str
    content: bytes


def flipped_bits(paths: Sequence[Path], count: int, seed: int) -> Iterator[Damage]:
    """Flip one bit at a time, each another one, drawn from all bits of all files alike."""
    contents = [path.read_bytes() for path in paths]
    ends = list(accumulate(map(len, contents)))
    for bit in Random(seed).sample(range(ends[-1] * BITS), count):
        which = next(i for i, end in enumerate(ends) if bit // BITS < end)
        place = bit // BITS - (ends[which] - len(contents[which]))
        changed = bytearray(contents[which])
        changed[place] ^= 1 << bit % BITS
        yield Damage(paths[which], f"bit {bit % BITS} of byte {place}", bytes(changed))


def truncations(paths: Sequence[Path], count: int, seed: int) -> Iterator[Damage]:
    """Cut files short, in turns, the first times to nothing and by one byte, then anywhere."""
    random = Random(seed)
    for turn in range(count):
        path = paths[turn % len(paths)]
        content = path.read_bytes()
        length = {0: 0, 1: len(content) - 1}.get(turn // len(paths), random.randrange(len(content)))
        yield Damage(path, f"cut to {length} bytes", content[:length])


def not_refused(
    damages: Iterable[Damage], check: Callable[[], object], rejection: type[Exception]
) -> list[str]:
    """Do each damage, check, undo it; tell of those that were not refused, or without the file's name."""
    missed = []
    for damage in damages:
        whole = damage.path.read_bytes()
        overwrite(damage.path, damage.content)
        try:
            check()
        except rejection as error:
            if damage.path.name not in str(error):
                missed.append(f"{damage.path.name}, {damage.what}: {error}")
        else:
            missed.append(f"{damage.path.name}, {damage.what}: taken")
        finally:
            overwrite(damage.path, whole)
    return missed


def overwrite(path: Path, content: bytes) -> None:
    """Write without emptying the file first, which some file systems take milliseconds for."""
    with path.open("r+b") as file:
        file.write(content)
        file.truncate()
