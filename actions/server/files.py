"""What the actions server reads of a root before it starts: services, facts, telephones, guides, questions, texts."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from actions.dialogue.answers.day import Day
from actions.dialogue.answers.facts import asked_for
from actions.samples import Rarity, Samples
from actions.schema import GuideService, Service, load_services
from desk.city.current import load_current
from desk.city.directory import Directory, load_directory
from desk.city.facts import FactFile, load_facts
from desk.city.guides import FOLDER, Guide, load_guides
from desk.city.suggested import Suggested, load_suggested
from desk.city.topics import Topic, load_topics
from desk.texts.catalogs import Catalogs


@dataclass(frozen=True, slots=True)
class Files:
    """What stands in the files of a root, but for its cities. Nothing changes it: several servers may share one."""

    services: Mapping[str, Service]
    facts: Mapping[str, FactFile]
    asked: Samples  # how people ask for facts
    directory: Directory
    guides: Mapping[str, Guide]
    day: Day
    topics: Mapping[str, Topic]
    suggested: Mapping[str, Suggested]
    rarity: Rarity  # of words in what guides are asked by
    texts: Catalogs

    @classmethod
    def of(cls, root: Path) -> Self:
        """Read them: some seconds of a processor. Guides are read where a service tells of them.

        Raises:
            ConfigurationError: a file is missing or wrong.
            StartError: the texts are not compiled.
        """
        services, facts, cities = load_services(root / "nlu"), load_facts(root / "nlu"), root / "cities"
        answers = any(isinstance(one, GuideService) for one in services.values())
        guides = load_guides(root / FOLDER) if answers else {}
        return cls(
            services=services,
            facts=facts,
            asked=asked_for(facts),
            directory=load_directory(cities),
            guides=guides,
            day=Day(load_current(cities)),
            topics=load_topics(cities),
            suggested=load_suggested(cities),
            rarity=Rarity(line for guide in guides.values() for line in guide.asked.all),
            texts=Catalogs(root / "locales"),
        )
