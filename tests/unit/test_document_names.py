"""Names of documents: what is kept of the name of a file that came."""

import pytest

from desk.media.documents import LONGEST_NAME, file_name

NAMES = {
    "a plain one": ("停水通知.pdf", "停水通知.pdf"),
    "another suffix": ("notice.PDF", "notice.pdf"),
    "no suffix": ("notice", "notice.pdf"),
    "with its folders": ("C:\\Users\\lin\\Desktop\\notice.pdf", "notice.pdf"),
    "one that climbs": ("../../etc/passwd", "passwd.pdf"),
    "lines, quotes and braces": ('a\r\nb "c" {until}<d>.pdf', "a b c until d.pdf"),
    "words that are turned": ("notice\u202efdp.exe", "noticefdp.exe.pdf"),
    "dots alone": ("...", ""),
    "nothing": ("", ""),
    "spaces": ("  .pdf ", ""),
}


@pytest.mark.parametrize("what", NAMES)
def test_a_name_is_a_files_on_every_system(what: str) -> None:
    """Its last part in one line, as people see it, ending as its kind does."""
    given, kept = NAMES[what]
    assert file_name(given) == kept


def test_a_long_name_is_cut_and_keeps_its_kind() -> None:
    """In its middle."""
    kept = file_name("停" * 300 + ".pdf")
    assert (len(kept), kept.endswith("停.pdf")) == (LONGEST_NAME, True)
