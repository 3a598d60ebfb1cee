"""What a city offers of what there is."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from actions.dialogue.answers.day import Day
from actions.dialogue.reading.city_names import cities_in
from actions.dialogue.reading.finder import NOBODY, Finder
from actions.dialogue.reading.intents import WISHES
from actions.samples import Rarity, Samples
from actions.schema import ApplicationService, AppointmentService, FormService, Service, ServiceField
from actions.transit.gazetteer import Gazetteer
from actions.transit.geo import distance_m
from desk.city.facts import FactFile, LocalFact, local_fact
from desk.city.files import Agency, City
from desk.city.suggested import Suggested
from desk.city.topics import Topic
from desk.contract.datum import gcj02_to_wgs84
from desk.contract.messages import Location, Text
from desk.contract.refunds import RefundRule
from desk.store.terms import Retention, Retentions

MUCH_NEARER = 2 / 3
"""A place in the box of the city that is talked to is another's where its centre is less than so many times as far:
a suburb whose neighbour's centre is a little nearer stays, a district of the neighbour's does not."""


@dataclass(frozen=True, slots=True)
class Offer:
    """The services of all cities: declared in service files, offered in city files."""

    declared: Mapping[str, Service]
    cities: Mapping[str, City]
    topics: Mapping[str, Topic] = field(default_factory=dict)  # of announcements
    facts: Mapping[str, FactFile] = field(default_factory=dict)  # by service
    asked_for: Samples = field(default_factory=lambda: Samples({}))  # of facts: how people ask, by `<service>.<name>`
    finder: Finder = NOBODY  # whom to call
    day: Day = field(default_factory=lambda: Day({}))  # questions of the day
    retentions: Retentions = field(default_factory=Retentions)  # for how long what is kept is kept
    suggested: Mapping[str, Suggested] = field(default_factory=dict)  # notices that go with services, by service
    gazetteer: Gazetteer = field(default_factory=Gazetteer)  # places by name
    rarity: Rarity = field(default_factory=Rarity)  # of words, in what people ask

    def kept(self, city: City) -> Retention:
        """For how long a city keeps what, and what stays where all is erased."""
        return self.retentions.of(city.slug)

    def offers(self, city: City, name: str) -> bool:
        """Whether a city offers a service that there is."""
        return name in self.declared and name in city.services

    def fact(self, city: City, service: str, name: str) -> LocalFact | None:
        """A fact of a service as a city says it; None of a service that is declared and not offered there."""
        offered = service not in self.declared or service in city.services
        return local_fact(city, service, name, self.facts) if offered else None

    def title(self, name: str) -> Text:
        """What a wish is called, offered or not."""
        declared = self.declared.get(name)
        return Text(key=declared.title if declared else f"{name}.title")

    def titles(self, city: City, names: Iterable[str] | None = None) -> dict[str, Text]:
        """Titles of what a city offers, in the order of its file; or of some of it, in the order given."""
        wanted = city.services if names is None else names
        return {name: self.title(name) for name in wanted if self.offers(city, name)}

    def descriptions(self, city: City) -> list[Text]:
        """One sentence on each service that a city offers."""
        return [Text(key=self.declared[name].description) for name in city.services if name in self.declared]

    def elsewhere(self, city: City, name: str) -> Sequence[City]:
        """Other cities that offer a service, the nearest first."""
        return [other for other in self.others(city) if self.offers(other, name)]

    def others(self, city: City) -> Sequence[City]:
        """All other cities, by the distance of their centres: the nearest first."""
        lat, lon = city.middle.lat, city.middle.lon
        return sorted(
            (other for other in self.cities.values() if other.slug != city.slug),
            key=lambda other: distance_m(lat, lon, other.middle.lat, other.middle.lon),
        )

    def taking_location(self, city: City) -> list[str]:
        """Services of a city that begin with a shared location."""
        return [name for name in self.titles(city) if self.declared[name].takes_location]

    def taking(self, city: City, entities: Iterable[str]) -> list[str]:
        """Services of a city that can begin with one of these entities."""
        given = set(entities)
        return [name for name in self.titles(city) if given & set(self.declared[name].entities)]

    def refund_rule(self, city: City, name: str) -> RefundRule | None:
        """What of a service's fees goes back: as the city says, else as the service does; None: nobody says."""
        offered, declared = city.services.get(name), self.declared.get(name)
        own = declared.refund if isinstance(declared, AppointmentService | ApplicationService) else None
        return (offered.refund if offered is not None else None) or own

    def personal(self, name: str) -> frozenset[str]:
        """The fields of a service that are personal data."""
        declared = self.declared.get(name)
        return declared.personal if declared else frozenset()

    @property
    def personal_entities(self) -> frozenset[str]:
        """The entities of all fields that are personal data."""
        forms = (one for one in self.declared.values() if isinstance(one, FormService))
        return frozenset(field.entity for one in forms for field in one.fields if field.personal)

    def field(self, name: str, field: str) -> ServiceField | None:
        """A field of a service; None where it has none of that name."""
        declared = self.declared.get(name)
        fields = declared.fields if isinstance(declared, FormService) else ()
        return next((one for one in fields if one.name == field), None)

    def is_wish(self, intent: str) -> bool:
        """Whether an intent wants a service, built or not."""
        return intent in WISHES or intent in self.declared

    def account_agency(self, city: City, channel: str) -> Agency:
        """The agency whose account is being talked to; without one on this channel, the city's first."""
        account = next((account for account in city.accounts if account.channel == channel), None)
        return city.agency(account.agency) if account else city.agencies[0]

    def cities_in(self, text: str) -> list[City]:
        """Our cities that a text names, in the order of the text."""
        return cities_in(text, self.cities.values())

    def other_city_at(self, here: City, place: Location) -> City | None:
        """The other city of ours that a shared place lies in; None where it is this one's.

        Where boxes of cities overlap the nearest centre decides; this city keeps a place of its box unless another's
        centre is much nearer (`MUCH_NEARER`).
        """
        lat, lon = place.lat, place.lon
        if place.datum == "gcj02":
            lat, lon = gcj02_to_wgs84(lat, lon)
        away = {
            city.slug: distance_m(lat, lon, city.middle.lat, city.middle.lon)
            for city in (here, *self.cities.values())
            if city.bounds.contain(lat, lon)
        }
        if here.slug in away:
            away[here.slug] *= MUCH_NEARER
        nearest = min(away, key=lambda slug: (away[slug], slug != here.slug), default=here.slug)
        return None if nearest == here.slug else self.cities[nearest]
