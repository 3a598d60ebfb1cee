"""Until when the certificate of an address holds: asked over TLS, whoever issued it."""

import asyncio
import ssl
from datetime import datetime

from cryptography import x509


async def ends_at(host: str, port: int, *, seconds: float) -> datetime:
    """The end of validity (UTC) of the certificate that is shown to residents' browsers.

    Raises:
        OSError, TimeoutError: nothing speaks TLS there within so many seconds.
    """
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE  # one that is over is read, too; nothing is sent
    async with asyncio.timeout(seconds):
        _, writer = await asyncio.open_connection(host, port, ssl=context, server_hostname=host)
    try:
        shown = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
    finally:
        writer.transport.abort()
    return x509.load_der_x509_certificate(shown).not_valid_after_utc
