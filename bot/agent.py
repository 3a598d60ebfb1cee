"""Rasa's agent, without what it would do again at every turn.

Rasa checks each answer of an action with jsonschema, and each time the schema itself first: 30 of a turn's 35 ms. Our
endpoint has checked the answer already (`actions.py`), against the narrower contract. It unpacks a model twice, once to
look for what must not be in it, and plans the way through its graph anew at every message.
"""

import tarfile
from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence, Tuple, Union

from rasa.core.actions.action import Action, RemoteAction
from rasa.core.agent import Agent
from rasa.core.channels.channel import OutputChannel, UserMessage
from rasa.core.nlg import NaturalLanguageGenerator
from rasa.core.policies.policy import PolicyPrediction
from rasa.core.processor import MessageProcessor
from rasa.engine import loader
from rasa.engine.constants import PLACEHOLDER_MESSAGE
from rasa.engine.runner.dask import DaskGraphRunner
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.storage import ModelMetadata
from rasa.exceptions import ModelNotFound
from rasa.shared.core.domain import Domain
from rasa.shared.core.trackers import DialogueStateTracker, EventVerbosity
from rasa.shared.nlu.constants import ENTITIES, INTENT, INTENT_NAME_KEY, PREDICTED_CONFIDENCE_KEY, TEXT
from rasa.utils.common import TempDirectoryPath, get_temp_dir_name

from bot.actions import ActionsEndpoint
from bot.graph import Step, results
from bot.lock import NoLockStore
from bot.problem import Problem
from bot.state import CarriedTrackerStore
from roles.mac import Signer


class _CheckedAction(RemoteAction):
    """An action whose answer the endpoint has checked."""

    def _action_call_format(self, tracker: DialogueStateTracker, domain: Domain) -> Dict[str, Any]:
        """Without the events, of which the last message is one: the actions read none."""
        state = tracker.current_state(EventVerbosity.NONE)
        return {"next_action": self.name(), "sender_id": tracker.sender_id, "tracker": state}

    def _validate_action_result(self, result: Dict[str, Any]) -> bool:
        return True


def _nothing() -> Dict[str, Any]:
    """What Rasa says of a message of which no component says anything."""
    return {TEXT: "", INTENT: {INTENT_NAME_KEY: None, PREDICTED_CONFIDENCE_KEY: 0.0}, ENTITIES: []}


class _OnceUnpacked(LocalModelStorage):
    """A model's files, unpacked in one pass: tarfile itself refuses what would lie outside the folder."""

    @staticmethod
    def _extract_archive_to_directory(model_archive_path: Union[str, Path], temporary_directory: Path) -> None:
        try:
            with tarfile.open(model_archive_path, "r|gz") as archive:
                archive.extractall(temporary_directory, filter="data")
        except tarfile.TarError as exc:
            raise ModelNotFound(f"Model {model_archive_path} cannot be unpacked: {exc}") from exc


class _Planned(DaskGraphRunner):
    """Runs the graph of a model; the steps to each target are looked for once."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._steps: Dict[Tuple[str, ...], Dict[str, Step]] = {}

    def run(self, inputs: Optional[Dict[str, Any]] = None, targets: Optional[List[str]] = None) -> Dict[str, Any]:
        """Gives the results of the targets, by their names."""
        wanted = tuple(targets or self._graph_schema.target_names)
        if wanted not in self._steps:
            self._steps[wanted] = self._build_dask_graph(self._graph_schema.minimal_graph_schema(list(wanted)))
        given = {name: (name, value) for name, value in (inputs or {}).items()}
        return dict(results({**self._steps[wanted], **given}, wanted))


class _TurnProcessor(MessageProcessor):
    @staticmethod
    def _load_model(model_path: Union[str, Path]) -> Tuple[str, ModelMetadata, _Planned]:
        with TempDirectoryPath(get_temp_dir_name()) as folder:
            metadata, runner = loader.load_predict_graph_runner(Path(folder), Path(model_path), _OnceUnpacked, _Planned)
        return Path(model_path).name, metadata, runner

    async def parse_message(
        self,
        message: UserMessage,
        tracker: Optional[DialogueStateTracker] = None,
        only_output_properties: bool = True,
    ) -> Dict[str, Any]:
        """Gives what a message means."""
        return self.parse_all([message])[0]

    def parse_all(self, messages: Sequence[UserMessage]) -> List[Dict[str, Any]]:
        """Gives what each of some messages means. Components see them together, and compute once what they can."""
        target = self.model_metadata.nlu_target
        read = self.graph_runner.run({PLACEHOLDER_MESSAGE: list(messages)}, [target])[target]
        return [{**_nothing(), **one.as_dict(only_output_properties=True)} for one in read]

    async def _run_action(
        self,
        action: Action,
        tracker: DialogueStateTracker,
        output_channel: OutputChannel,
        nlg: NaturalLanguageGenerator,
        prediction: PolicyPrediction,
    ) -> bool:
        """Runs an action on the tracker itself, which no action of ours changes or rejects.

        What fails is the endpoint's to remember (`actions.failure`): then nothing has happened.
        """
        try:
            events = await action.run(output_channel, nlg, tracker, self.domain)
        except Problem:
            events = []
        tracker.update_with_events(prediction.events, self.domain)
        tracker.update(action.event_for_successful_execution(prediction))
        tracker.update_with_events(events, self.domain)
        await self.execute_side_effects(events, tracker, output_channel)
        return self.should_predict_another_action(action.name())

    @staticmethod
    def _log_slots(tracker: DialogueStateTracker) -> None:
        """Writes them all out, for a log line that nobody sees."""

    def predict_next_with_tracker_if_should(self, tracker: DialogueStateTracker) -> Tuple[Action, PolicyPrediction]:
        action, prediction = super().predict_next_with_tracker_if_should(tracker)
        if type(action) is RemoteAction:
            action = _CheckedAction(action.name(), self.action_endpoint)
        return action, prediction


class TurnAgent(Agent):
    """Serves turns: state with the call, no lock, one kept and signed way to the actions server at `actions_url`."""

    def __init__(self, actions_url: str, signer: Signer) -> None:
        endpoint = ActionsEndpoint(actions_url, signer)
        super().__init__(tracker_store=CarriedTrackerStore(None), lock_store=NoLockStore(), action_endpoint=endpoint)
        self.endpoint = endpoint

    def load_model(self, model_path: Union[str, Path], fingerprint: Optional[str] = None) -> None:
        """Loads a model, as the parent does.

        Raises:
            ModelNotFound, RasaException: there is none, or it cannot be loaded.
        """
        self.processor = _TurnProcessor(
            model_path=model_path,
            tracker_store=self.tracker_store,
            lock_store=self.lock_store,
            action_endpoint=self.endpoint,
            generator=self.nlg,
        )
        self.domain = self.processor.domain
        self.tracker_store.domain = self.domain
        self.endpoint.slots = frozenset(slot.name for slot in self.domain.slots)
        self._set_fingerprint(fingerprint)
