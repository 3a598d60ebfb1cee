"""`open311.yml` of a pretend city: what can be reported there, and how its server behaves."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from sandbox.seed import Names, SeedModel

FILE = "open311.yml"


class ValueData(SeedModel):
    key: str
    names: Names


class AttributeData(SeedModel):
    """Something more that a category asks."""

    code: str
    names: Names
    datatype: Literal["string", "number", "datetime", "text", "singlevaluelist", "multivaluelist"]
    required: bool = True
    values: list[ValueData] = Field(default_factory=list)

    @model_validator(mode="after")
    def _has_values_if_a_list(self) -> Self:
        if self.datatype.endswith("list") != bool(self.values):
            raise ValueError(f"{self.code}: lists have values, nothing else has")
        return self


class CategoryData(SeedModel):
    """A kind of problem. `hours` after its report it is closed; `by` is who sees to it, `done` what they say then."""

    code: str
    names: Names
    keywords: list[str]
    group: Names
    type: Literal["realtime", "batch", "blackbox"] = "realtime"
    hours: Annotated[int, Field(ge=1, le=2000)]
    by: Names
    done: Names
    attributes: list[AttributeData] = Field(default_factory=list)


class Hotline(SeedModel):
    """`open311.yml`. With `api_key` only reports that carry it are taken; with `key_attribute` each value once."""

    agency: Names
    contact: str
    jurisdiction_id: str | None = None
    api_key: str | None = None
    key_attribute: str | None = None
    withdrawals: bool = Field(False, description="Open reports can be taken back by who made them.")
    needs_phone: bool = Field(False, description="Reports without a telephone number are refused.")
    batch_minutes: Annotated[int, Field(ge=0, le=1440)] = 15
    categories: list[CategoryData]

    @model_validator(mode="after")
    def _codes_are_different(self) -> Self:
        codes = [one.code for one in self.categories]
        if len(set(codes)) < len(codes):
            raise ValueError("two categories have one code")
        return self

    def category(self, code: str) -> CategoryData | None:
        return next((one for one in self.categories if one.code == code), None)
