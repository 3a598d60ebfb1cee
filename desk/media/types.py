"""What kind of file a resident sent, by its first bytes; the name and the declared type are not believed."""

from collections.abc import Callable, Mapping

MEDIA_LIMIT = 10 * 1024 * 1024  # bytes


def _riff(kind: bytes) -> Callable[[bytes], bool]:
    return lambda head: head[:4] == b"RIFF" and head[8:12] == kind


def _starts(*signatures: bytes) -> Callable[[bytes], bool]:
    return lambda head: head.startswith(signatures)


def _mpeg(head: bytes) -> bool:
    """An ID3 tag, or a frame header of layer III (ISO/IEC 11172-3, 2.4.1.3)."""
    return head.startswith(b"ID3") or (len(head) > 1 and head[0] == 0xFF and head[1] & 0xE6 == 0xE2)


def _iso_audio(head: bytes) -> bool:
    return head[4:8] == b"ftyp" and head[8:12] in {b"M4A ", b"M4B ", b"mp42", b"isom"}


# In this order; sources: the formats' own specifications, as collected at https://www.garykessler.net/library/file_sigs.html
SIGNATURES: Mapping[str, Callable[[bytes], bool]] = {
    "image/png": _starts(b"\x89PNG\r\n\x1a\n"),
    "image/jpeg": _starts(b"\xff\xd8\xff"),
    "image/gif": _starts(b"GIF87a", b"GIF89a"),
    "image/webp": _riff(b"WEBP"),
    "application/pdf": _starts(b"%PDF-"),
    "audio/wav": _riff(b"WAVE"),
    "audio/ogg": _starts(b"OggS"),
    "audio/amr": _starts(b"#!AMR"),
    "audio/webm": _starts(b"\x1a\x45\xdf\xa3"),
    "audio/mp4": _iso_audio,
    "audio/aac": lambda head: len(head) > 1 and head[0] == 0xFF and head[1] & 0xF6 == 0xF0,
    "audio/mpeg": _mpeg,
}


def content_type_of(content: bytes) -> str | None:
    """Tell a file's type; None when it is none that we take."""
    head = content[:16]
    return next((name for name, matches in SIGNATURES.items() if matches(head)), None)
