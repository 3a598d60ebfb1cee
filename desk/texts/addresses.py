"""Putting addresses into texts where their arguments ask for them.

Only the desk can make some addresses, since their codes follow from its secret: a reply asks with `{"pay_page": …}`,
and gets `{"link": {"pay_page": address}}`, which says its kind where it is shown as a button.
"""

import re
from collections.abc import Callable, Mapping

from desk.contract.text import Text

CODED = re.compile(r"(/my-data/|/cases/|[?&]k=)[0-9A-Za-z]{8,}")
"""Addresses of ours that open something of a resident's by their code."""

type Makers = Mapping[str, Callable[[str], str]]
"""By the name of the argument form: what makes the address of its value."""


def without_codes(text: str) -> str:
    """A text as staff read it: addresses say where they lead, and open nothing."""
    return CODED.sub(r"\1…", text)


def filled[T: Text](text: T, makers: Makers) -> T:
    """Give the text with addresses in place of the forms that `makers` knows, also in texts within it."""
    made = {name: _argument(value, makers) for name, value in text.args.items()}
    return text if made == text.args else text.model_copy(update={"args": made})


def _argument(value: object, makers: Makers) -> object:
    match value:
        case {"text": dict(nested), **rest} if not rest:
            return {"text": filled(Text.model_validate(nested), makers).model_dump(mode="json")}
        case {"items": list(items), "join": join, **rest} if not rest:
            texts = [filled(Text.model_validate(item), makers).model_dump(mode="json") for item in items]
            return {"items": texts, "join": join}
        case {**form} if len(form) == 1:
            [(name, of)] = form.items()
            if isinstance(name, str) and isinstance(of, str) and name in makers:
                return {"link": {name: makers[name](of)}}
    return value
