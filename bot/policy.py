"""Which action answers a turn: a table of intents, read from the rules.

Rasa's RulePolicy compares every rule with the state of every turn, calls itself twice a turn, and answers the intent
`restart` by wiping the conversation, which no rule can change. In this assistant a rule has one step, so a look-up is
enough (docs/decisions/0007-a-light-rasa.md).
"""

from typing import Any, Dict, List, Optional

import rasa.shared.utils.io
from rasa.core.featurizers.tracker_featurizers import TrackerFeaturizer
from rasa.core.policies.policy import Policy, PolicyPrediction, SupportedData
from rasa.engine.graph import ExecutionContext
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.core.constants import ACTION_LISTEN_NAME
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, UserUttered
from rasa.shared.core.generator import TrackerWithCachedStates
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.exceptions import RasaException

_TABLE = "intents.json"


class RuleTooLong(RasaException):
    """A rule has more than an intent and an action: this assistant decides what follows in its actions."""


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.POLICY_WITHOUT_END_TO_END_SUPPORT, is_trainable=True)
class IntentPolicy(Policy):
    """Predicts the action of the intent's rule, then waits for the next message. Costs the same at every turn."""

    @staticmethod
    def get_default_config() -> Dict[str, Any]:
        """What Rasa's ensemble wants to know: the priority of rules (6) in its scale."""
        return {"priority": 6}

    @staticmethod
    def supported_data() -> SupportedData:
        """Rules only."""
        return SupportedData.RULE_DATA

    def __init__(
        self,
        config: Dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        featurizer: Optional[TrackerFeaturizer] = None,
        actions: Optional[Dict[str, str]] = None,
    ) -> None:
        super().__init__(config, model_storage, resource, execution_context, featurizer)
        self._actions = actions or {}

    def train(self, training_trackers: List[TrackerWithCachedStates], domain: Domain, **kwargs: Any) -> Resource:
        """Reads the table from the rules.

        Raises:
            RuleTooLong: a rule has more than one step.
        """
        for tracker in training_trackers:
            if not tracker.is_rule_tracker:
                continue
            intents = [event.intent_name for event in tracker.events if isinstance(event, UserUttered)]
            actions = [event.action_name for event in tracker.events if isinstance(event, ActionExecuted)]
            answers = [name for name in actions if name not in (None, ACTION_LISTEN_NAME, "...")]
            if len(intents) != 1 or len(answers) != 1:
                raise RuleTooLong(f"The rule for {' and '.join(map(str, intents))} must be one intent and one action.")
            self._actions[str(intents[0])] = str(answers[0])
        self.persist()
        return self._resource

    def predict_action_probabilities(
        self,
        tracker: DialogueStateTracker,
        domain: Domain,
        rule_only_data: Optional[Dict[str, Any]] = None,
        **kwargs: Any,
    ) -> PolicyPrediction:
        """The intent's action after a message, listening after an action."""
        probabilities = self._default_predictions(domain)
        message = tracker.latest_message
        action = ACTION_LISTEN_NAME
        if tracker.latest_action_name == ACTION_LISTEN_NAME and message is not None:
            action = self._actions.get(message.intent.get("name") or "", ACTION_LISTEN_NAME)
        probabilities[domain.index_for_action(action)] = 1.0
        return self._prediction(probabilities)

    def persist(self) -> None:
        """Writes the table."""
        with self._model_storage.write_to(self._resource) as folder:
            rasa.shared.utils.io.dump_obj_as_json_to_file(folder / _TABLE, self._actions)

    @classmethod
    def load(
        cls,
        config: Dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> "IntentPolicy":
        """Reads the table."""
        with model_storage.read_from(resource) as folder:
            actions = rasa.shared.utils.io.read_json_file(folder / _TABLE)
        return cls(config, model_storage, resource, execution_context, actions=actions)
