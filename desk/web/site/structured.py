"""Offices and services of a city as machines read them on its page."""

from typing import Any

from desk.city.files import City, Names
from desk.contract.wire import Locale
from desk.texts.catalogs import LANGUAGE_TAGS
from desk.web.offered import service_lines
from desk.web.parts import Parts

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def known_of(parts: Parts, public_url: str, city: City, locale: Locale) -> dict[str, Any]:
    """What machines read of a city's offices and services: JSON-LD (https://schema.org/GovernmentService)."""

    def said(names: Names) -> str:
        return parts.catalogs.name(names.model_dump(), locale)

    place = {"@type": "City", "name": said(city.greeting_names or city.names)}
    base, tag = f"{public_url}/{city.slug}", LANGUAGE_TAGS[locale]
    offices = [
        {
            "@type": "GovernmentOffice",
            "@id": f"{base}#{agency.slug}",
            "name": said(agency.names),
            "telephone": agency.phone,
            "areaServed": place,
            "openingHoursSpecification": [
                {
                    "@type": "OpeningHoursSpecification",
                    "dayOfWeek": [f"https://schema.org/{DAYS[day - 1]}" for day in hours.days],
                    "opens": f"{hours.opens:%H:%M}",
                    "closes": f"{hours.closes:%H:%M}",
                }
                for hours in agency.hours
            ],
        }
        for agency in city.agencies
    ]
    services = [
        {
            "@type": "GovernmentService",
            "name": line.title,
            "description": line.description,
            "serviceOperator": {"@id": f"{base}#{city.services[line.name].agency}"},
            "areaServed": place,
            "availableChannel": {
                "@type": "ServiceChannel",
                "serviceUrl": f"{base}?lang={tag}&start={line.name}",
                "availableLanguage": [LANGUAGE_TAGS[one] for one in city.languages],
            },
        }
        for line in service_lines(parts.catalogs, city, parts.services, locale)
    ]
    return {"@context": "https://schema.org", "@graph": [*offices, *services]}
