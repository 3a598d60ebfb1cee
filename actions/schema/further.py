"""What is needed in special cases, of a service whose requirements are told."""

from pydantic import Field

from actions.schema.file import Key, ServiceModel
from desk.contract.wire import Slug


class Further(ServiceModel):
    """What is needed in a special case, where a question names it ("and foreigners?")."""

    words: list[str]
    text: Key = Field(description="Its arguments are {agency} and {phone}.")
    guide: Slug | None = Field(None, description="The guide for those who have no use for this service.")
