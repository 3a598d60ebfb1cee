"""Who the platform of a channel says that a resident is."""

from pydantic import BaseModel, ConfigDict, Field


class Certificate(BaseModel):
    """Proved at the platform, never typed. Personal data.

    `issuer` is what the platform is called, by language: {"zh_Hans": …, "en": "Alipay"}.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(repr=False)
    id_number: str = Field(repr=False)
    issuer: dict[str, str]
