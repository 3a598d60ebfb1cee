"""Addresses of pay pages and receipts, with the codes without which they cannot be opened.

A pay page is for whoever was given its address; a receipt's address is what its QR code says, for anyone to verify.
"""

from typing import TYPE_CHECKING

from desk.contract.text import Text
from desk.store.keys import Keys
from desk.texts.addresses import filled

if TYPE_CHECKING:  # a list needs not all that turns say
    from desk.contract.messages import Reply

PAY, RECEIPT = "pay page", "receipt"  # purposes of codes
BACK = "back"
"""The part of a pay page's address that says that its visitor comes from paying."""
PAY_LENGTH, RECEIPT_LENGTH = 16, 10  # characters of five bits


class Links:
    """Makes and checks addresses. `public_url` is where residents reach the desk, without a trailing slash."""

    def __init__(self, keys: Keys, public_url: str) -> None:
        self._keys = keys
        self._public_url = public_url

    def pay_code(self, order: str) -> str:
        return self._keys.code(order, purpose=PAY, length=PAY_LENGTH)

    def pay_page(self, order: str) -> str:
        """The page on which an order is paid."""
        return f"{self._public_url}/pay/{order}?k={self.pay_code(order)}"

    def pay_page_after(self, order: str) -> str:
        """The same page for who comes back from paying: until it is known to be paid it offers no paying."""
        return f"{self.pay_page(order)}&{BACK}=1"

    def opens_pay_page(self, order: str, code: str) -> bool:
        return self._keys.is_code(code, order, purpose=PAY, length=PAY_LENGTH)

    def receipt_code(self, receipt: str) -> str:
        """The verification code that stands on a receipt."""
        return self._keys.lasting_code(receipt, purpose=RECEIPT, length=RECEIPT_LENGTH)

    def receipt(self, receipt: str) -> str:
        """The public page that verifies a receipt."""
        return f"{self._public_url}/receipt/{receipt}?c={self.receipt_code(receipt)}"

    def verifies(self, receipt: str, code: str) -> bool:
        return self._keys.is_lasting_code(code, receipt, purpose=RECEIPT, length=RECEIPT_LENGTH)

    @property
    def notifications(self) -> str:
        """Where the gateway tells what was paid."""
        return f"{self._public_url}/pay/alipay/notify"

    def filled[T: Text](self, text: T) -> T:
        """Put addresses where a text's arguments ask for them."""
        return filled(text, {"pay_page": self.pay_page, "receipt_page": self.receipt})

    def reply(self, reply: "Reply") -> "Reply":
        """The same for a reply."""
        return self.filled(reply)
