"""What is needed in special cases, of a service whose requirements are told."""

from pydantic import Field

from actions.schema.file import Key, ServiceModel
from desk.contract.wire import Slug


class Further(ServiceModel):
    """What is needed in a special case, where a question names it ("and foreigners?")."""

    words: list[str]
    text: Key = Field(description="Its arguments are {agency} and {phone}.")
    guide: Slug | None = Field(
        None,
        description="The guide of those whom the service is not for, or of a kind that it does not have, by its slug: "
        "it is told, and no form begins.",
    )
    lasting: bool = Field(
        True,
        description="With a guide: whether the service stays closed to whoever says it (a foreigner); false where only "
        "this wish is of another kind.",
    )
