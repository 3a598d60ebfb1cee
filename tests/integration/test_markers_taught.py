"""Twenty-five kinds of what is somebody's, from the message to the commit: nobody is shown one, no file has one."""

import subprocess
from pathlib import Path

from fixtures import loaded
from fixtures.house import KEYS, House
from fixtures.taught import TRAINER, gathered, understood
from fixtures.tickets import seated
from sqlalchemy import text

from desk.contract.staff import Actor
from desk.store.database import transaction
from desk.teaching.deciding import Deciding
from desk.teaching.editing.library import Library
from desk.teaching.editing.patching import commit_files
from desk.teaching.editing.sheets import heads_of
from desk.teaching.editing.turns import with_turns
from desk.teaching.exchange import Exchange
from desk.teaching.formats import FORMS

MEI = Actor("mei", "Mei", (TRAINER,), "command", "tests")
LINES = text("SELECT id FROM teaching_lines ORDER BY id")
MARKERS = {
    "plate": ("帮我查苏E7Q19K", "苏E7Q19K"),
    "new plate": ("粤AD83317有没有违章", "AD83317"),
    "plate with spaces": ("车牌 京 N D41207", "D41207"),
    "phone": ("我电话15988776655", "88776655"),
    "phone with spaces": ("call 159 8877 6655", "8877 6655"),
    "phone in full width": ("电话１５９８８７７６６５５", "８８７７６６"),
    "landline": ("0571-86543210打不通", "86543210"),
    "id": ("身份证320102198806152417", "198806152417"),
    "id said": ("身份证三二零一零二一九八八零六一五二四一七", "一九八八零六一五"),
    "account": ("户号6601928374", "6601928374"),
    "grouped account": ("户号 6601 9283 74", "6601 9283"),
    "permit": ("通行证C11223344", "11223344"),
    "passport": ("passport E55667788", "55667788"),
    "mail": ("write to han.mei@example.org", "han.mei"),
    "wechat": ("微信号 hanmei_77", "hanmei"),
    "name": ("我叫韩梅梅，想预约", "韩梅梅"),
    "name of husband": ("老公叫李雷山", "李雷山"),
    "name in English": ("my name is Mei Han, hello", "Mei Han"),
    "applicant": ("申请人：欧阳若水", "欧阳若水"),
    "house": ("文晖花园3幢1单元502漏水", "3幢1单元502"),
    "vin": ("车架号后六位837465", "837465"),
    "vin of letters": ("VIN ends K92754", "K92754"),
    "booking": ("单号 GD-20261015-88", "20261015"),
    "notice": ("决定书3301059292093344", "9292093344"),
    "code": ("验证码 739164", "739164"),
}
"""What of a person may stand in a message, and a part of it that no page, file or commit may have."""


def found_in(said: str) -> list[str]:
    """The kinds of which something stands in a text."""
    return [name for name, (_, secret) in MARKERS.items() if secret in said]


async def test_none_is_shown_exported_or_committed(house: House, tmp_path: Path) -> None:
    """The inbox, each line, each kind of file, and what git keeps of the files that were made of it."""
    assert len(MARKERS) == 25
    for said, secret in MARKERS.values():
        assert secret in said
        await understood(house, await house.open(), said)
    await gathered(house)
    async with transaction(house.engine) as connection:
        lines = [row.id for row in await connection.execute(LINES)]
    assert len(lines) == 25
    async with seated(house, TRAINER, login="lin") as (chair, _):
        shown = [await chair.get("/console/teaching"), await chair.get("/console/data/guides")]
        shown += [await chair.get(f"/console/teaching/{one}?alone=1") for one in lines]
    assert [page.status for page in shown] == [200] * 27
    assert found_in("\n".join(page.text for page in shown)) == []
    for one in lines:
        await Deciding(house.engine, {"traffic_fines"}).label(MEI, [one], ["provide"])
    for login in ("lin", "wei"):  # the tenth that is looked at twice
        other = Actor(login, login.title(), (TRAINER,), "command", "tests")
        async with transaction(house.engine) as connection:
            waits = text("SELECT id FROM teaching_lines WHERE state IN ('second', 'third')")
            twice = [row.id for row in await connection.execute(waits)]
        for one in twice:
            await Deciding(house.engine, {"traffic_fines"}).label(other, [one], ["provide"])
    exchange = Exchange(house.engine, {"traffic_fines"}, KEYS)
    files = {form: await exchange.export(MEI, form) for form in FORMS}
    assert await exchange.counts(MEI) == (25, 0)
    assert {form: found_in(content) for form, content in files.items()} == {form: [] for form in FORMS}
    library = Library(loaded.ROOT, house.cities, heads_of(house.catalogs))
    made = with_turns(library, files["turns"])
    added = {path: _added(loaded.ROOT / path, content) for path, content in made.items()}
    for path in made:
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
    for asked in (("init", "-q"), ("config", "user.name", "CI"), ("config", "user.email", "ci@desk.invalid")):
        _git(tmp_path, *asked)
    assert len(commit_files(tmp_path, added, "what trainers have labelled")) == 1
    committed = _git(tmp_path, "show", "HEAD")
    assert committed.count("hand: live-mei") >= 24  # two may be alike once their numbers are hidden
    assert found_in(committed) == []


def _added(path: Path, content: str) -> str:
    """The lines that a file did not have."""
    before = set(path.read_text("utf-8").splitlines())
    return "".join(f"{line}\n" for line in content.splitlines() if line not in before)


def _git(folder: Path, *asked: str) -> str:
    return subprocess.run(("git", "-C", str(folder), *asked), capture_output=True, text=True, check=True).stdout
