"""The key file: its format, when it is read again, and the command that creates a key."""

import hmac
import os
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.security.api_keys import KeyFile, parse_keys
from app.settings import SettingRefused
from tests.support.api_keys import line, replace

ROOT = Path(__file__).parents[3]
NAMES = st.from_regex(r"[A-Za-z0-9._-]{1,64}", fullmatch=True)


class Clock:
    def __init__(self):
        self.seconds = 5.0

    def __call__(self):
        return self.seconds


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "keys.txt"
    path.write_text(line("alice", "key-a") + line("bob", "key-b"))
    return path


def test_every_key_has_its_name(path):
    keys = KeyFile(path)

    assert [keys.find_name(key) for key in (b"key-a", b"key-b")] == ["alice", "bob"]


@pytest.mark.parametrize(
    "key",
    [b"", b"key", b"key-a ", b"KEY-A", b"alice", b"\xff\xe4\x00", sha256(b"key-a").hexdigest().encode()],
)
def test_any_other_key_is_unknown(path, key):
    assert KeyFile(path).find_name(key) is None


@pytest.mark.parametrize("given", [b"key-a", b"key-b", b"key-c", b""])
def test_every_key_is_compared_in_constant_time_whichever_is_given(path, monkeypatch, given):
    compared, compare = [], hmac.compare_digest

    def record(*digests):
        compared.append({*digests})
        return compare(*digests)

    monkeypatch.setattr(hmac, "compare_digest", record)
    KeyFile(path).find_name(given)

    assert compared == [{sha256(given).digest(), sha256(key).digest()} for key in (b"key-a", b"key-b")]


def test_comments_blank_lines_tabs_capitals_and_carriage_returns_are_read(path):
    text = f"# clients\r\n\r\n  alice\t{sha256(b'key-a').hexdigest().upper()}  # since May\r\n\n"
    path.write_bytes(text.encode() + "# grüße\n".encode())

    assert KeyFile(path).find_name(b"key-a") == "alice"


@given(st.dictionaries(NAMES, st.binary(min_size=32, max_size=32), min_size=1, max_size=20))
def test_what_is_written_is_read(keys):
    text = "".join(f"{name} {digest.hex()}\n" for name, digest in keys.items())

    if len(set(keys.values())) == len(keys):
        assert parse_keys(text.encode(), Path("keys")) == {digest: name for name, digest in keys.items()}


@settings(max_examples=300)
@given(st.binary(min_size=1, max_size=200))
def test_an_invalid_line_is_refused_without_its_text(content):
    with pytest.raises(SettingRefused) as refused:
        parse_keys(b"\n\n= " + content, Path("keys"))

    assert str(refused.value) == ("APP_API_KEYS_FILE: keys, line 3 must be a name and 64 hexadecimal digits.")


@pytest.mark.parametrize(
    "bad",
    [
        "xyzzy",
        f"{'0' * 64}",
        f"xyzzy {'0' * 63}",
        f"xyzzy {'0' * 65}",
        f"xyzzy {'g' * 64}",
        f"xyzzy {'0' * 64} more",
        f"xy/zzy {'0' * 64}",
        f"{'x' * 65} {'0' * 64}",
        line("alice", "xyzzy"),
        line("xyzzy", "key-a"),
    ],
)
def test_an_invalid_line_is_refused_with_its_number_and_not_repeated(path, bad):
    path.write_text("# comment\n" + line("alice", "key-a") + bad)

    with pytest.raises(SettingRefused) as refused:
        KeyFile(path)

    assert str(refused.value).startswith(f"APP_API_KEYS_FILE: {path}, line 3 ")
    assert "xyzzy" not in str(refused.value)
    assert sha256(b"key-a").hexdigest() not in str(refused.value)


def test_a_file_that_is_missing_a_folder_a_pipe_empty_or_huge_is_refused(tmp_path):
    pipe, empty, huge = (tmp_path / name for name in ("pipe", "empty", "huge"))
    os.mkfifo(pipe)
    empty.write_text("# no keys\n")
    huge.write_bytes(b"\n" * ((1 << 20) + 1))

    for path in (tmp_path / "missing", tmp_path, pipe, empty, huge):
        with pytest.raises(SettingRefused, match=f"^APP_API_KEYS_FILE: .*{path}"):
            KeyFile(path)


def test_a_symbolic_link_is_followed_as_for_a_kubernetes_secret(path, clock):
    link = path.with_name("link")
    link.symlink_to(path)
    keys = KeyFile(link, clock)
    other = path.with_name("other")
    other.write_text(line("carol", "key-c"))

    link.unlink()
    link.symlink_to(other)
    clock.seconds += 1

    assert keys.find_name(b"key-c") == "carol"


def test_a_replaced_file_is_used_a_second_later(path, clock):
    keys = KeyFile(path, clock)
    replace(path, line("alice", "key-z") + line("bob", "key-b"))

    clock.seconds += 0.9
    assert [keys.find_name(key) for key in (b"key-a", b"key-z")] == ["alice", None]

    clock.seconds += 0.1
    assert [keys.find_name(key) for key in (b"key-a", b"key-z", b"key-b")] == [None, "alice", "bob"]


def test_a_file_is_checked_once_a_second_at_most(path, clock):
    keys = KeyFile(path, clock)
    clock.seconds += 1
    assert keys.find_name(b"key-a") == "alice"
    replace(path, line("bob", "key-b"))

    clock.seconds += 0.9

    assert keys.find_name(b"key-a") == "alice"


def test_a_file_that_loses_all_keys_accepts_none(path, clock):
    keys = KeyFile(path, clock)
    replace(path, "# no keys\n")
    clock.seconds += 1

    assert keys.find_name(b"key-a") is None


def break_file(path, how):
    if how == "missing":
        path.unlink()
    elif how == "a folder":
        path.unlink()
        path.mkdir()
    else:
        replace(path, line("carol", "key-c") + "xyzzy\n")


@pytest.mark.parametrize(
    ("how", "reason"), [("missing", "No such file"), ("a folder", "not a"), ("bad", "line 2")]
)
def test_a_broken_file_leaves_the_keys_valid_and_is_logged_once(path, clock, caplog, how, reason):
    keys = KeyFile(path, clock)
    break_file(path, how)

    for _ in range(5):
        clock.seconds += 1
        assert [keys.find_name(key) for key in (b"key-a", b"key-c")] == ["alice", None]

    (record,) = caplog.records
    assert record.levelname == "ERROR"
    assert record.message.startswith("APP_API_KEYS_FILE: ")
    assert reason in record.message
    assert "xyzzy" not in caplog.text


def test_a_repaired_file_is_used_and_a_later_error_is_logged_again(path, clock, caplog):
    keys = KeyFile(path, clock)
    for _ in range(2):
        break_file(path, "bad")
        clock.seconds += 1
        assert keys.find_name(b"key-c") is None
        replace(path, line("carol", "key-c"))
        clock.seconds += 1
        assert keys.find_name(b"key-c") == "carol"

        replace(path, line("alice", "key-a"))
        clock.seconds += 1
        assert keys.find_name(b"key-a") == "alice"

    assert [record.levelname for record in caplog.records] == ["ERROR", "ERROR"]


def run_command(*arguments):
    return subprocess.run(
        [sys.executable, "-m", "app.keys", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_command_prints_the_key_once_and_its_line(tmp_path):
    path = tmp_path / "keys.txt"
    completed = [run_command(name) for name in ("alice", "bob")]

    path.write_text("".join(done.stdout for done in completed))
    keys = [done.stderr.rpartition(": ")[2].strip() for done in completed]

    assert [KeyFile(path).find_name(key.encode()) for key in keys] == ["alice", "bob"]
    for done, key in zip(completed, keys, strict=True):
        assert len(key) == 43
        assert key not in done.stdout
        assert (done.returncode, done.stdout.count("\n"), done.stderr.count("\n")) == (0, 1, 1)


@pytest.mark.parametrize("arguments", [(), ("a b",), ("",), ("x" * 65,), ("a", "b"), ("ä",)])
def test_the_command_refuses_an_invalid_name_with_status_2_and_one_line(arguments):
    done = run_command(*arguments)

    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert done.stderr.startswith("python -m app.keys: ")
