"""Putting addresses into texts where their arguments ask for them.

Only the desk can make some addresses, since their codes follow from its secret: a reply asks with `{"pay_page": …}`.
"""

from collections.abc import Callable, Mapping

from desk.contract.messages import Text

type Makers = Mapping[str, Callable[[str], str]]
"""By the name of the argument form: what makes the address of its value."""


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
                return makers[name](of)
    return value
