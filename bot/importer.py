"""Collects what every service brings: a service is a folder in `nlu/` (docs/how-to/add-a-service.md).

Read from beside config.yml, whatever data paths Rasa passes:

* ``nlu/<folder>/*.yml`` — training lines; a language a file, `mixed.yml` for sentences that mix them
* ``nlu/<folder>/service.yml`` — the declaration of a service; its fields name entities
* ``nlu/<folder>/rules.yml`` and ``domain.yml`` — only where a service needs more than the rest
* ``nlu/<folder>/turns/*.yml`` — messages in their situation, with ``nlu/situations.json``: without an intent
* ``nlu/<folder>/questions/*.jsonl``, ``nlu/<folder>/asked_facts/*.jsonl``, ``nlu/<folder>/facts.yml`` and
  ``guides/*.yml`` — what is asked, and what answers: without an intent
* ``nlu/safety/`` — lines of emergencies, near misses, and what is written in one: without an intent
* ``cities/*.yml`` and ``cities/shared/topics.yml`` — names of cities, districts, agencies and topics; and
  ``cities/names/*.yml`` — of the stops, lines, offices and departments that systems of cities know; as lookup tables
* ``nlu/<folder>/tests/test_*.yml`` — test conversations for `rasa test --stories data` (`data` is Rasa's name for nlu/;
  without the option it walks through everything beneath the root, the environments' own files included, and fails)

The domain is ``domain.yml`` with the intents and entities found in the data. Every intent that no rule names gets the
one rule of this assistant: it is answered by `action_answer`.
"""

import os
from functools import cache
from pathlib import Path
from typing import Any, Dict, Iterable, List, Optional, Set

import rasa.shared.utils.io
import yaml
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import UserUttered
from rasa.shared.core.training_data.story_reader.yaml_story_reader import YAMLStoryReader
from rasa.shared.core.training_data.structures import StoryGraph, StoryStep
from rasa.shared.importers.importer import TrainingDataImporter
from rasa.shared.nlu.constants import ENTITIES, ENTITY_ATTRIBUTE_ROLE, ENTITY_ATTRIBUTE_TYPE, INTENT
from rasa.shared.nlu.training_data.formats import RasaYAMLReader
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.components.heads.intent_names import named_lines
from bot.emergency_lines import emergency_lines
from bot.known_names import known_names
from bot.questions import asked_facts, facts, guides, questions
from bot.turns import turns

ANSWER = "action_answer"
WITHOUT_LINES = ("nlu_fallback", "out_of_scope", "emergency_over")
"""Intents that exist whether or not a line of the data has them: the gate gives the first; the desk says the last, once
an emergency is over (docs/explanation/emergencies.md)."""

_NOT_LINES = {"service.yml", "facts.yml", "rules.yml", "domain.yml"}


class ServiceImporter(TrainingDataImporter):
    """Rasa's view of `nlu/`, `domain.yml` and `config.yml`."""

    def __init__(
        self,
        config_file: Optional[str] = None,
        domain_path: Optional[str] = None,
        training_data_paths: Any = None,
        **_: Any,
    ) -> None:
        os.environ["RASA_TELEMETRY_ENABLED"] = "false"  # Rasa's commands work without a network and report to nobody
        self._config_file = config_file
        root = Path(config_file).parent if config_file else Path()
        self._domain_file = Path(domain_path) if domain_path else root / "domain.yml"
        self._nlu = root / "nlu"
        self._cities = root / "cities"

    def get_config(self) -> Dict[str, Any]:
        """The pipeline and policies of config.yml."""
        return rasa.shared.utils.io.read_model_configuration(self._config_file) if self._config_file else {}

    def get_config_file_for_auto_config(self) -> Optional[str]:
        """The one config file."""
        return self._config_file

    def get_nlu_data(self, language: Optional[str] = "en") -> TrainingData:
        """All training lines, of all languages: a language is never part of an intent."""
        return self._lines()

    @cache  # noqa: B019 - one importer a training run
    def _lines(self) -> TrainingData:
        files = [RasaYAMLReader().read(file) for file in self._files("*.yml", besides=_NOT_LINES)]
        lines = [line for file in files for line in file.training_examples]  # Rasa's merge copies all, at every step
        intents = [line.get(INTENT) for line in lines if line.get(INTENT)]
        lines += [Message.build(text, intent) for text, intent in named_lines(intents)]
        known = known_names(self._cities)
        names = [{"name": kind, "elements": known[kind]} for kind in known if known[kind]]  # Rasa refuses empty ones
        asked = questions(self._nlu) + asked_facts(self._nlu)
        asked += guides(self._nlu.parent / "guides") + facts(self._nlu)
        return TrainingData(lines + emergency_lines(self._nlu) + turns(self._nlu) + asked, lookup_tables=names)

    @cache  # noqa: B019
    def get_domain(self) -> Domain:
        """domain.yml, what services add to it, and the intents and entities of the data."""
        domain = Domain.load(str(self._domain_file))
        for file in self._files("domain.yml"):
            domain = domain.merge(Domain.load(file))
        intents = [{intent: {"use_entities": []}} for intent in sorted(self._intents() - set(domain.intents))]
        return domain.merge(Domain.from_dict({"intents": intents, "entities": self._entities()}))

    @cache  # noqa: B019
    def get_stories(self, exclusion_percentage: Optional[int] = None) -> StoryGraph:
        """Rules of services, and the one rule for every intent that they do not name."""
        domain = self.get_domain()
        steps = _steps(self._files("rules.yml"), domain)
        ruled = {event.intent_name for step in steps for event in step.events if isinstance(event, UserUttered)}
        rules = [
            {"rule": f"{intent} is answered", "steps": [{"intent": intent}, {"action": ANSWER}]}
            for intent in domain.intents
            if intent in self._intents() and intent not in ruled
        ]
        steps += YAMLStoryReader(domain).read_from_parsed_yaml({"version": "3.1", "rules": rules})
        return StoryGraph(steps)

    def get_conversation_tests(self) -> StoryGraph:
        """The test conversations of services."""
        return StoryGraph(_steps(self._files("tests/test_*.yml"), self.get_domain()))

    def _files(self, pattern: str, besides: Iterable[str] = ()) -> List[str]:
        return [str(file) for file in sorted(self._nlu.glob(f"*/{pattern}")) if file.name not in besides]

    def _intents(self) -> Set[str]:
        return {line.get(INTENT) for line in self.get_nlu_data().intent_examples} | set(WITHOUT_LINES)

    def _entities(self) -> List[Any]:
        roles: Dict[str, Set[str]] = {entity: set() for entity in self._declared_entities()}
        for line in self.get_nlu_data().training_examples:
            for found in line.get(ENTITIES, []):
                role = found.get(ENTITY_ATTRIBUTE_ROLE)
                roles.setdefault(found[ENTITY_ATTRIBUTE_TYPE], set()).update([role] if role else [])
        return [{name: {"roles": sorted(roles[name])}} if roles[name] else name for name in sorted(roles)]

    def _declared_entities(self) -> Set[str]:
        declared: Set[str] = set()
        for file in self._files("service.yml"):
            service = yaml.safe_load(Path(file).read_text(encoding="utf-8"))
            fields = (service or {}).get("fields") or []
            declared |= {field["entity"] for field in fields if isinstance(field, dict) and "entity" in field}
        return declared


def _steps(files: Iterable[str], domain: Domain) -> List[StoryStep]:
    return [step for file in files for step in YAMLStoryReader(domain).read_from_file(file)]
