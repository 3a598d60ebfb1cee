"""The chat's script in one file, and the sites whose pages may hold it."""

from pathlib import Path

import pytest
from fixtures import loaded

from desk.contract.errors import ConfigurationError
from desk.texts.catalogs import Catalogs
from desk.web.bundle import bundle
from desk.web.origins import Origins, origins
from desk.web.pages import chat_bundle

ROOT = Path(__file__).parents[2]


def test_the_chats_script_is_one_file_pinned_by_its_hash() -> None:
    """All modules and style sheets are in it, once; the same files give the same hash."""
    made, again = (chat_bundle(Catalogs(ROOT / "locales"), (("hangzhou", "0571-12345"),)) for _ in range(2))
    text = made.content.decode()
    assert made == again
    assert len(made.version) == 16
    assert made.integrity.startswith("sha384-")
    assert text.count("const module_dom = ") == 1
    assert ":host" in text
    assert "Larger and simpler" not in text  # loaded with the chat; only the button's words come along
    assert "City services" in text
    assert "0571-12345" in text  # whom to call where nothing else can be loaded


def test_modules_see_only_what_they_import(tmp_path: Path) -> None:
    """Names of modules do not meet: each has a scope of its own, made before it is used."""
    (tmp_path / "a.js").write_text('import { b } from "./b.js";\nconst KEY = 1;\nexport const a = b + KEY;\n')
    (tmp_path / "b.js").write_text("const KEY = 2;\nexport const b = KEY;\nexport function c() {}\n")
    text = bundle(tmp_path, "a.js", {}).content.decode()
    assert text.index("module_b = ") < text.index("const { b } = module_b;")
    assert "return { b, c };" in text
    assert "return { a };" in text


def test_comments_and_indentation_stay_here(tmp_path: Path) -> None:
    """Of modules and of style sheets; lines stay lines, and what stands in a template stays as it is."""
    (tmp_path / "a.js").write_text(
        'import styles from "./a.css" with { type: "text" };\n// Why.\nexport const a = () => {\n  // How.\n'
        "  const b = `one\n  // two\n  three`;\n  const c = [1, // at the end\n    ';', \"; // said\"];\n"
        "  return b + c + styles; // at the end\n};\n"
    )
    (tmp_path / "a.css").write_text(
        "/* Of\n   what. */\na:hover, b > c {\n  color: red;\n  margin: 0 calc(1px + 2px);\n}\n"
    )
    text = bundle(tmp_path, "a.js", {}).content.decode()
    assert ("Why" in text, "How" in text, "Of" in text) == (False, False, False)
    assert (
        "\nconst b = `one\n  // two\n  three`;\nconst c = [1,\n';', \"; // said\"];\nreturn b + c + styles;\n};" in text
    )
    assert '"a:hover,b > c{color:red;margin:0 calc(1px + 2px);}"' in text


def test_a_template_without_an_end_is_refused(tmp_path: Path) -> None:
    """Else all after it would be taken for its text."""
    (tmp_path / "a.js").write_text("export const a = 1; // a ` alone\n")
    with pytest.raises(ConfigurationError, match=r"a\.js"):
        bundle(tmp_path, "a.js", {})


@pytest.mark.parametrize(
    "source",
    [
        pytest.param('import * as b from "./b.js";\n', id="all of a module"),
        pytest.param('import b from "./b.js";\n', id="a default"),
        pytest.param("export default class {}\n", id="exports a default"),
        pytest.param("export let a = 1;\n", id="exports what changes"),
        pytest.param("const here = import.meta.url;\n", id="its address"),
        pytest.param('setTimeout(() => import("./b.js"));\n', id="later"),
        pytest.param('import { a } from "./a.js";\n', id="a circle"),
    ],
)
def test_what_cannot_be_joined_is_refused_at_the_start(tmp_path: Path, source: str) -> None:
    """A module that would break in the joined file stops the server with the line in the message."""
    (tmp_path / "a.js").write_text(source)
    (tmp_path / "b.js").write_text("export const b = 1;\n")
    with pytest.raises(ConfigurationError, match=r"a\.js"):
        bundle(tmp_path, "a.js", {})


def test_an_origin_opens_the_city_that_lists_it_and_no_other() -> None:
    """Listed for a city: that city; listed for all: every city; not listed, or written otherwise: none."""
    listed = Origins(frozenset({"https://all.example"}), {"hangzhou": frozenset({"https://hz.example"})})
    opens = {
        (origin, city): listed.may_open(origin, city)
        for origin in ("https://all.example", "https://hz.example", "http://hz.example", "https://hz.example.evil")
        for city in ("hangzhou", "ningbo")
    }
    assert [pair for pair, may in opens.items() if may] == [
        ("https://all.example", "hangzhou"),
        ("https://all.example", "ningbo"),
        ("https://hz.example", "hangzhou"),
    ]
    assert not listed.knows("null")


@pytest.mark.parametrize("wrong", ["*", "https://*.gov.cn", "http://www.example.gov.cn", "https://x.cn/", "X", "null"])
def test_an_origin_is_written_exactly(wrong: str) -> None:
    """Wildcards, paths and plain http are refused at the start."""
    with pytest.raises(ConfigurationError, match="no origin"):
        origins(loaded.cities(), [wrong])
