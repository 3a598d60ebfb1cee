"""What was typed into a form."""

from collections.abc import Iterator, Mapping

from aiohttp import web

from desk.web.gate import posted, takes_file
from desk.web.problems import Problem

FORM_TYPE, WITH_FILE = "application/x-www-form-urlencoded", "multipart/form-data"
LONGEST = 20_000  # characters of a field: a passkey answers with some thousand


class Form(Mapping[str, str]):
    """The text fields of a form; one that is not there is empty. Passwords are never shown again."""

    def __init__(self, fields: Mapping[str, str]) -> None:
        self._fields = dict(fields)

    def __getitem__(self, name: str) -> str:
        return self._fields.get(name, "")

    def __iter__(self) -> Iterator[str]:
        return iter(self._fields)

    def __len__(self) -> int:
        return len(self._fields)


EMPTY = Form({})


async def form_of(request: web.Request) -> Form:
    """Read the form of a request; files in it are left out, and NUL characters, which the store refuses."""
    given = await posted(request)
    return Form({name: value.replace("\x00", "")[:LONGEST] for name, value in given.items() if isinstance(value, str)})


async def file_of(request: web.Request, name: str) -> bytes:
    """The file of a form; empty where none was chosen."""
    return (await named_file_of(request, name))[0]


async def named_file_of(request: web.Request, name: str) -> tuple[bytes, str]:
    """The same, with what it is called where it comes from."""
    given = (await posted(request)).get(name)
    return (given.file.read(), given.filename) if isinstance(given, web.FileField) else (b"", "")


async def close_files(request: web.Request) -> None:
    """Let go of the files of a form that was read; one that cannot be read has let go of them itself."""
    if request.content_type != WITH_FILE or not takes_file(request):
        return
    try:
        fields = await posted(request)
    except Problem:
        return
    for given in fields.values():
        if isinstance(given, web.FileField):
            given.file.close()


def query_of(request: web.Request) -> Form:
    """The same of a query, of forms that only look."""
    return Form({name: value.replace("\x00", "").strip()[:LONGEST] for name, value in request.query.items()})
