"""Which language a request wants to be answered in."""

from collections.abc import Sequence

from aiohttp import web

from desk.messages import LOCALES, Locale

# Regions and scripts of BCP 47 tags that read Traditional characters.
TRADITIONAL = frozenset({"hant", "tw", "hk", "mo"})
SIMPLIFIED = "hans"


def locale_of(tag: str) -> Locale | None:
    """Map a BCP 47 tag to a language of ours: zh-HK is zh_Hant, zh-Hans-HK is zh_Hans, en-GB is en, de is none."""
    primary, *rest = tag.strip().lower().replace("_", "-").split("-")
    if primary == "en":
        return "en"
    if primary == "yue":
        return "zh_Hans" if SIMPLIFIED in rest else "zh_Hant"
    if primary == "zh":
        return "zh_Hant" if SIMPLIFIED not in rest and TRADITIONAL & set(rest) else "zh_Hans"
    return None


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
