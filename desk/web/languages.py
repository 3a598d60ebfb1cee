"""Which language a request wants to be answered in."""

from collections.abc import Sequence

from aiohttp import web

from desk.contract.wire import LOCALES, Locale
from desk.texts.catalogs import locale_of


def accepted(header: str) -> list[Locale]:
    """Read an Accept-Language header: our languages, the most wanted first."""
    weighed: list[tuple[float, Locale]] = []
    for part in header[:500].split(","):
        tag, _, quality = part.partition(";")
        locale = locale_of(tag)
        try:
            weight = float(quality.strip().removeprefix("q=")) if quality else 1.0
        except ValueError:
            weight = 0.0
        if locale is not None and weight > 0:
            weighed.append((weight, locale))
    return list(dict.fromkeys(locale for _, locale in sorted(weighed, key=lambda pair: -pair[0])))


def requested(request: web.Request, offered: Sequence[Locale] = LOCALES) -> Locale:
    """Choose among the offered languages: `?lang=`, else Accept-Language, else the first that is offered."""
    wanted = [locale_of(request.query.get("lang", "")), *accepted(request.headers.get("Accept-Language", ""))]
    return next((locale for locale in wanted if locale is not None and locale in offered), offered[0])
