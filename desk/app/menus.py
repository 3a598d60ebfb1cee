"""Menus of accounts: what residents of a city can do, as platforms show it."""

from collections.abc import Sequence

from actions.schema import load_services
from desk.accounts.keeping import Menus
from desk.app.runtime import Runtime
from desk.contract.channel import MenuEntry
from desk.contract.messages import Text
from desk.contract.wire import LOCALES, Locale
from desk.texts.catalogs import Catalogs

OWN = {
    "/list_services": "button.list_services",
    "/change_language": "channels.menu_language",
    "/change_city": "channels.menu_city",
    "/human_agent": "channels.menu_human",
    "/latest_announcements": "channels.menu_news",
    "/unsubscribe": "channels.menu_stop",
    "/delete_my_data": "channels.menu_my_data",
}
SECTIONS = dict.fromkeys(("bill", "record", "code"), "channels.menu_see")  # by kind of service


def menus(at: Runtime) -> Menus:
    """What there is in each city: its services, then what concerns the account."""
    catalogs, services, cities = Catalogs(at.root / "locales"), load_services(at.root / "nlu"), at.cities()

    def of(city: str) -> Sequence[MenuEntry]:
        offered = [(name, services[name]) for name in cities[city].services if name in services]
        keys = [(f"/{name}", one.title, SECTIONS.get(one.kind, "channels.menu_do")) for name, one in offered]
        keys += [(payload, key, "channels.menu_more") for payload, key in OWN.items()]
        return [MenuEntry(payload, said(title), said(section)) for payload, title, section in keys]

    def said(key: str) -> dict[Locale, str]:
        return {locale: catalogs.text(Text(key=key), locale) for locale in LOCALES}

    return of
