"""What erasing leaves, why, and for how long: as residents are told, and as jobs delete it."""

from dataclasses import dataclass

from pydantic import JsonValue

from desk.contract.messages import Reply, Text


@dataclass(frozen=True, slots=True)
class Stays:
    """For how many years: orders and receipts, which accounting must keep, and receipts of consent, which prove it."""

    order_years: int = 30
    consent_years: int = 3

    @property
    def said(self) -> Text:
        """What stays, why and until when, in two sentences."""
        return Text(key="stays.said", args={"orders": self.order_years, "consents": self.consent_years})

    @property
    def args(self) -> dict[str, JsonValue]:
        """The same as an argument of a text."""
        return {"stays": {"text": self.said.model_dump(mode="json")}}

    @property
    def erased(self) -> Reply:
        """Confirms that everything else is erased."""
        return Reply(key="common.erased", args=self.args)
