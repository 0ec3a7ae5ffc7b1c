"""Who can reach the port: this machine alone, or others, too."""

import socket
from ipaddress import IPv6Address, ip_address

from app.settings import SettingRefused, Settings


def refuse_strangers(settings: Settings) -> None:
    """Refuse to answer other machines without keys, unless the settings say that this is meant."""
    if is_anonymous(settings) and not settings.allow_anonymous:
        raise SettingRefused(
            "APP_HOST lets other machines in, and nobody needs a key: set APP_API_KEYS_FILE, "
            "or APP_ALLOW_ANONYMOUS=true where something else keeps strangers out."
        )


def is_anonymous(settings: Settings) -> bool:
    """Say whether other machines may ask without a key."""
    return settings.api_keys_file is None and not is_loopback(settings.host)


def is_loopback(host: str) -> bool:
    """Say whether a host is only ever this machine itself."""
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, UnicodeError):
        return True  # nothing can listen there, and whoever tries says why
    return all(_is_loopback(str(address[0])) for *_, address in found)


def _is_loopback(address: str) -> bool:
    ip = ip_address(address)
    return ((isinstance(ip, IPv6Address) and ip.ipv4_mapped) or ip).is_loopback
