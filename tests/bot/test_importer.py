"""What Rasa is told of the folders in nlu/."""

import shutil
from pathlib import Path

import pytest
from rasa.shared.core.events import ActionExecuted, UserUttered

from bot.components.heads.few_lines_head import FEW
from bot.importer import ServiceImporter


@pytest.fixture
def folders(project: Path, tmp_path: Path) -> Path:
    """A copy of the small assistant, to be changed."""
    shutil.copytree(project, tmp_path / "copy", ignore=shutil.ignore_patterns("models"))
    return tmp_path / "copy"


def importer(root: Path) -> ServiceImporter:
    """The importer as Rasa builds it."""
    return ServiceImporter(str(root / "config.yml"), domain_path=None, training_data_paths=["data"])


def ruled(found: ServiceImporter) -> dict:
    """Gives the action of each intent's rule."""
    rules = {}
    for step in found.get_stories().story_steps:
        intents = [event.intent_name for event in step.events if isinstance(event, UserUttered)]
        actions = [event.action_name for event in step.events if isinstance(event, ActionExecuted)]
        rules[intents[0]] = actions[-1]
    return rules


def test_intents_and_entities_come_from_the_lines(folders: Path) -> None:
    """domain.yml names none of them."""
    domain = importer(folders).get_domain()
    assert {"greet", "next_bus", "traffic_fines", "inform", "out_of_scope", "nlu_fallback"} <= set(domain.intents)
    assert {"plate", "stop", "bus_line", "vin_last6"} <= set(domain.entities)


def test_every_intent_is_answered_by_one_action(folders: Path) -> None:
    """Also the fallback intents, and `restart`, which Rasa would take for itself."""
    rules = ruled(importer(folders))
    assert set(rules.values()) == {"action_answer"}
    assert {"greet", "restart", "nlu_fallback", "out_of_scope"} <= set(rules)


def test_a_new_folder_is_a_new_service(folders: Path) -> None:
    """Growth adds files and edits none: lines, declared entities, own rules and an own domain."""
    service = folders / "nlu" / "parking"
    (service / "tests").mkdir(parents=True)
    (service / "en.yml").write_text(
        'version: "3.1"\nnlu:\n- intent: parking\n  examples: |\n    - pay [zone 4]{"entity": "zone", "role": "to"}\n'
    )
    (service / "service.yml").write_text("kind: bill\nfields:\n  - entity: meter\n")
    (service / "domain.yml").write_text('version: "3.1"\nactions: [action_park]\n')
    (service / "rules.yml").write_text(
        'version: "3.1"\nrules:\n- rule: parking\n  steps: [{intent: parking}, {action: action_park}]\n'
    )
    (service / "tests" / "test_stories.yml").write_text(
        'version: "3.1"\nstories:\n- story: parking\n  steps: [{intent: parking}, {action: action_park}]\n'
    )
    found = importer(folders)
    domain = found.get_domain()
    assert {"zone", "meter"} <= set(domain.entities)
    assert domain.entity_properties.roles["zone"] == ["to"]
    assert ruled(found)["parking"] == "action_park"
    assert len(found.get_conversation_tests().story_steps) == 1


def test_test_lines_are_not_trained_on(folders: Path) -> None:
    """Nothing beneath a tests folder is a training line."""
    tests = folders / "nlu" / "greet" / "tests"
    tests.mkdir()
    (tests / "lines.yml").write_text('version: "3.1"\nnlu:\n- intent: greet\n  examples: |\n    - ahoy\n')
    assert "ahoy" not in [line.get("text") for line in importer(folders).get_nlu_data().intent_examples]


def test_a_new_service_is_known_by_its_name(folders: Path) -> None:
    """It has few lines; that it is called `renew_library_card` is one more, in an intent of many none."""
    service = folders / "nlu" / "renew_library_card"
    service.mkdir()
    (service / "zh.yml").write_text(
        'version: "3.1"\nnlu:\n- intent: renew_library_card\n  examples: |\n    - 借书证到期了\n'
    )
    examples = "\n".join(f"    - thanks {number}" for number in range(FEW + 1))
    (folders / "nlu" / "greet" / "more.yml").write_text(
        f'version: "3.1"\nnlu:\n- intent: thank_you\n  examples: |\n{examples}\n'
    )
    lines = {(line.get("text"), line.get("intent")) for line in importer(folders).get_nlu_data().intent_examples}
    assert ("renew library card", "renew_library_card") in lines
    assert ("thank you", "thank_you") not in lines
