"""Who can reach the port: this machine alone, or others, too."""

from ipaddress import IPv6Address, ip_address

from app.settings import SettingRefused, Settings


def require_keys_for_remote_clients(settings: Settings, address: str) -> None:
    """Refuse to answer other machines without keys, unless the settings say that this is meant."""
    if allows_remote_without_key(settings, address) and not settings.allow_anonymous:
        raise SettingRefused(
            "APP_HOST lets other machines in, and nobody needs a key: set APP_API_KEYS_FILE, "
            "or APP_ALLOW_ANONYMOUS=true where something else keeps strangers out."
        )


def allows_remote_without_key(settings: Settings, address: str) -> bool:
    """Say whether other machines may ask at this address without a key."""
    return settings.api_keys_file is None and not is_loopback(address)


def is_loopback(address: str) -> bool:
    """Say whether an address is this machine itself."""
    ip = ip_address(address)
    return ((isinstance(ip, IPv6Address) and ip.ipv4_mapped) or ip).is_loopback
