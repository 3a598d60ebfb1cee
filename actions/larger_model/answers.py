"""What a larger model may answer, checked whatever its endpoint promises: all of it is right, or none is taken."""

from collections.abc import Sequence
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from actions.dialogue.reading.proposing import MOST, Argument, Candidate, Chosen, Proposal
from actions.larger_model.asking import LONGEST_ARGUMENT, MOST_ARGUMENTS
from desk.contract.errors import BackendNonsense, BackendUnavailable

UNNAMED = "unnamed"
"""The id of a model that does not give one of the usual form."""


class _Lenient(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class _Message(_Lenient):
    content: str


class _Choice(_Lenient):
    message: _Message
    finish_reason: str | None = None


class _Completion(_Lenient):
    """A chat completion, as far as it is read."""

    model: Annotated[str, Field(pattern=r"^[A-Za-z0-9._:/@-]{1,100}$")] | None = None
    choices: Annotated[list[_Choice], Field(min_length=1)]


class _Argument(_Strict):
    entity: str
    written: Annotated[str, Field(min_length=1, max_length=LONGEST_ARGUMENT)]


class _Command(_Strict):
    command: str
    arguments: Annotated[list[_Argument], Field(max_length=MOST_ARGUMENTS)] = []


class _Answer(_Strict):
    commands: Annotated[list[_Command], Field(max_length=MOST)]


def read(status: int, content: bytes, message: str, candidates: Sequence[Candidate]) -> Proposal:
    """The proposal that an answer is.

    Args:
        message: as it was sent; arguments are spans of it.

    Raises:
        BackendUnavailable: it is no answer: a status other than 200.
        BackendNonsense: no chat completion, cut short, not of the schema, a command that is no candidate, or an
            argument that its command does not have or that the message does not name.
    """
    if status != 200:
        raise BackendUnavailable(f"The larger model answered {status}.")
    try:
        completion = _Completion.model_validate_json(content)
        choice = completion.choices[0]
        if choice.finish_reason not in (None, "stop"):
            raise BackendNonsense("The larger model did not finish its answer.")
        answer = _Answer.model_validate_json(choice.message.content)
    except ValidationError:
        # without the cause: its text quotes the answer
        raise BackendNonsense("The larger model's answer is not of the schema.") from None
    by_name = {one.name: one for one in candidates}
    chosen = tuple(_chosen(one, message, by_name) for one in answer.commands)
    return Proposal(chosen, completion.model or UNNAMED)


def _chosen(one: _Command, message: str, by_name: dict[str, Candidate]) -> Chosen:
    candidate = by_name.get(one.command)
    if candidate is None:
        raise BackendNonsense("The larger model chose a command that is no candidate.")
    for argument in one.arguments:
        if argument.entity not in candidate.arguments:
            raise BackendNonsense("The larger model named a value that its command does not have.")
        if argument.written not in message:
            raise BackendNonsense("The larger model named a value that the message does not have.")
    return Chosen(candidate, tuple(Argument(value.entity, value.written) for value in one.arguments))
