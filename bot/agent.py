"""Rasa's agent, without what it would do again at every turn.

Rasa checks each answer of an action with jsonschema, and each time the schema itself first: 30 of a turn's 35 ms. Our
endpoint has checked the answer already (`actions.py`), against the narrower contract.
"""

from pathlib import Path
from typing import Any, Dict, Optional, Tuple, Union

from rasa.core.actions.action import Action, RemoteAction
from rasa.core.agent import Agent
from rasa.core.policies.policy import PolicyPrediction
from rasa.core.processor import MessageProcessor
from rasa.shared.core.trackers import DialogueStateTracker

from bot.actions import ActionsEndpoint
from bot.lock import NoLockStore
from bot.state import CarriedTrackerStore
from roles.mac import Signer


class _CheckedAction(RemoteAction):
    """An action whose answer the endpoint has checked."""

    def _validate_action_result(self, result: Dict[str, Any]) -> bool:
        return True


class _TurnProcessor(MessageProcessor):
    def predict_next_with_tracker_if_should(self, tracker: DialogueStateTracker) -> Tuple[Action, PolicyPrediction]:
        action, prediction = super().predict_next_with_tracker_if_should(tracker)
        if type(action) is RemoteAction:
            action = _CheckedAction(action.name(), self.action_endpoint)
        return action, prediction

    def _check_for_unseen_features(self, parse_data: Dict[str, Any]) -> None:
        """Builds an empty domain at every message to compare with; ours is made from the lines that were trained on."""


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
