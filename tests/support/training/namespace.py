"""Mount namespaces, in which a test can mount folders without root."""

import subprocess

UNSHARE_COMMANDS = (["unshare", "--mount"], ["unshare", "--map-root-user", "--mount"])


def find_unshare_command() -> list[str] | None:
    """Give the `unshare` command that permits mounting; None where this machine has none."""
    for unshare in UNSHARE_COMMANDS:
        try:
            process = subprocess.run(
                [*unshare, "sh", "-c", "mount -t tmpfs tmpfs /mnt"], capture_output=True, check=False
            )
        except FileNotFoundError:
            return None
        if process.returncode == 0:
            return unshare
    return None
