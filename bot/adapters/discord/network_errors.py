"""Words for errors of the network on the way to Discord."""

from __future__ import annotations

from typing import Final

import aiohttp

CERTIFICATE_REASON: Final = "Discord's certificate isn't trusted on this computer."
CERTIFICATE_FIX: Final = (
    'Install the certificates: on macOS run "Install Certificates.command" in the folder of '
    "Python, elsewhere the package ca-certificates. Behind a proxy of a company, set SSL_CERT_FILE "
    "to its certificate."
)
NETWORK_FIX: Final = "Check the network, a proxy or a firewall."


def describe_network_error(error: BaseException | None) -> tuple[str, str] | None:
    """Return why Discord cannot be reached and the fix, or None if it is something else."""
    if isinstance(error, aiohttp.ClientSSLError):
        return CERTIFICATE_REASON, CERTIFICATE_FIX
    if isinstance(error, aiohttp.ClientConnectorError):
        return f"There is no connection to Discord ({error.strerror}).", NETWORK_FIX
    return None
