"""Whether the server may listen on an address: remote clients require API keys."""

from ipaddress import IPv6Address, ip_address

from app.settings import SettingRefused, Settings


def require_keys_for_remote_clients(settings: Settings, address: str) -> None:
    """Raise SettingRefused if other machines can reach the address, unless a setting allows it."""
    if allows_remote_without_key(settings, address) and not settings.allow_anonymous:
        raise SettingRefused(
            "APP_HOST can be reached by other machines, and no API key is required: set APP_API_KEYS_FILE, "
            "or set APP_ALLOW_ANONYMOUS=true if something else restricts the access."
        )


def allows_remote_without_key(settings: Settings, address: str) -> bool:
    """Say whether clients on other machines need no key at this address."""
    ip = ip_address(address)
    ipv4 = ip.ipv4_mapped if isinstance(ip, IPv6Address) else None
    return settings.api_keys_file is None and not (ipv4 or ip).is_loopback
