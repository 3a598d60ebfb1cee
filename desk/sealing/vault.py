"""What seals: the key of a conversation, wrapped by a master key.

A wrapped key says by which master and for which cipher it is; what it seals says by which of a conversation's keys in
turn (`generation`) it was sealed, for what, and for which conversation. Erasing drops a key and begins the next
generation. JSON is kept as `{"sealed": "<base64>"}`, so that plain values of older rows can stand beside it.
"""

import base64
import json
import os
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from desk.sealing.ciphers import CIPHERS, NAMES, NONCE_BYTES, TAG_BYTES, Cipher, CipherName
from desk.sealing.masters import FILE, InFile, MasterKey, Masters
from desk.store.keys import Keys, Unsealable

type Thing = Literal[
    "message",
    "event",
    "state",
    "file",
    "happening",
    "case",
    "value",
    "certificate",
    "wished code",
    "note",
    "grade",
    "contact",
    "line",
    "taught",
    "device",
]
"""What is sealed: a resident's message, an event of the stream, what a dialogue remembers, a file, an edit …"""

MARK = "sealed"
FILE_MARK = b"\x00sealed\x00"  # eight bytes; no file type that we take begins so: desk.media.types
PLAIN, PACKED = 1, 2  # the first byte of what is sealed: as it is, or compressed before
PACK_FROM = 256  # bytes: what is sealed cannot be compressed by the database any more
SMALL = 4_096  # bytes: of so many zlib needs no window of 32 KiB, which takes longer to make than to fill
SMALL_WINDOW, SMALL_MEMORY = 12, 5  # as powers of two (zlib's windowBits and memLevel)
HEAD = struct.Struct(">BI")  # how it is packed, generation
WRAPPED_HEAD = struct.Struct(">BIB")  # cipher, generation, length of the master key's name
NO_KEY = "This conversation has no key yet."
REPLACED = "It was sealed with a key that was dropped: the resident had everything erased."


@dataclass(frozen=True, slots=True)
class WrappedKey:
    """A key of a conversation as it is kept. `wrapped` says all; the others are for those who look for keys."""

    conversation_id: UUID
    generation: int
    master: str
    wrapped: bytes

    def values(self) -> dict[str, object]:
        """For a statement."""
        return {
            "conversation_id": self.conversation_id,
            "generation": self.generation,
            "master": self.master,
            "wrapped": self.wrapped,
        }


class DataKey:
    """The key of a conversation, open. It seals, and opens what it sealed.

    One without a cipher is that of a conversation that has no key yet: it opens what was never sealed.
    """

    __slots__ = ("_cipher", "_conversation", "generation")

    def __init__(self, conversation_id: UUID, generation: int, cipher: Cipher | None) -> None:
        self.generation = generation
        self._conversation = conversation_id.bytes
        self._cipher = cipher

    def seal(self, value: Any, thing: Thing) -> dict[str, str]:
        """Seal a JSON value, as a JSON value."""
        return self.seal_written(json.dumps(value, ensure_ascii=False, separators=(",", ":")), thing)

    def seal_written(self, written: str, thing: Thing) -> dict[str, str]:
        """Seal a value that is written as JSON already, as a JSON value."""
        return {MARK: base64.b64encode(self.seal_bytes(written.encode(), thing)).decode()}

    def open(self, value: Any, thing: Thing) -> Any:
        """Open a JSON value; one that was never sealed is given back as it is.

        Raises:
            Unsealable: it was sealed with another key, or for something else.
        """
        if not is_sealed(value):
            return value
        return json.loads(self.open_bytes(base64.b64decode(value[MARK]), thing))

    def seal_file(self, content: bytes, thing: Thing = "file") -> bytes:
        """Seal a file, or other bytes that are kept as they are; what was never sealed can stand beside it."""
        return FILE_MARK + self.seal_bytes(content, thing, packs=False)

    def open_file(self, content: bytes, thing: Thing = "file") -> bytes:
        """Open a file; one that was never sealed is given back as it is.

        Raises:
            Unsealable: it was sealed with another key.
        """
        return self.open_bytes(content[len(FILE_MARK) :], thing) if is_sealed_file(content) else content

    def seal_bytes(self, plain: bytes, thing: Thing, *, packs: bool = True) -> bytes:
        """Seal bytes."""
        is_packed = packs and len(plain) >= PACK_FROM
        head = HEAD.pack(PACKED if is_packed else PLAIN, self.generation)
        nonce = os.urandom(NONCE_BYTES)
        body = _packed(plain) if is_packed else plain
        if self._cipher is None:
            raise Unsealable(NO_KEY)
        return head + nonce + self._cipher.encrypt(nonce, body, self._about(head, thing))

    def open_bytes(self, sealed: bytes, thing: Thing) -> bytes:
        """Open bytes.

        Raises:
            Unsealable: they were sealed with another key, or for something else, or were changed.
        """
        begin = HEAD.size + NONCE_BYTES
        try:
            packing, generation = HEAD.unpack_from(sealed)
            if generation != self.generation or self._cipher is None:
                raise Unsealable(REPLACED)
            about = self._about(sealed[: HEAD.size], thing)
            plain = self._cipher.decrypt(sealed[HEAD.size : begin], sealed[begin:], about)
            return zlib.decompress(plain) if packing == PACKED else plain
        except (InvalidTag, ValueError, struct.error, zlib.error) as exc:
            raise Unsealable from exc

    def _about(self, head: bytes, thing: Thing) -> bytes:
        return head + self._conversation + thing.encode()


class Vault:
    """Makes keys of conversations, and opens them. `cipher` is that of new keys; older ones stay what they are."""

    def __init__(self, masters: Masters, cipher: CipherName = "aes-256-gcm") -> None:
        self.masters = masters
        self._cipher = cipher
        self._wrapping: dict[tuple[bytes, CipherName], Cipher] = {}

    def fresh(self, conversation_id: UUID, generation: int = 1) -> WrappedKey:
        """A new random key for a conversation."""
        return self._wrap(conversation_id, generation, self._cipher, os.urandom(CIPHERS[self._cipher][1]))

    def opened(self, conversation_id: UUID, wrapped: bytes) -> DataKey:
        """Open the key of a conversation.

        Raises:
            Unsealable: its master key is not here, or it is the key of another conversation.
        """
        cipher, generation, secret = self._unwrap(conversation_id, wrapped)
        return DataKey(conversation_id, generation, CIPHERS[cipher][2](secret))

    def rewrapped(self, conversation_id: UUID, wrapped: bytes) -> WrappedKey:
        """The same key, wrapped by the current master key.

        Raises:
            Unsealable: as `opened`.
        """
        cipher, generation, secret = self._unwrap(conversation_id, wrapped)
        return self._wrap(conversation_id, generation, cipher, secret)

    def _wrap(self, conversation_id: UUID, generation: int, cipher: CipherName, secret: bytes) -> WrappedKey:
        master = self.masters.current
        name = master.name.encode()
        head = WRAPPED_HEAD.pack(CIPHERS[cipher][0], generation, len(name)) + name
        nonce = os.urandom(NONCE_BYTES)
        sealed = self._of(master, cipher).encrypt(nonce, secret, head + conversation_id.bytes)
        return WrappedKey(conversation_id, generation, master.name, head + nonce + sealed)

    def _unwrap(self, conversation_id: UUID, wrapped: bytes) -> tuple[CipherName, int, bytes]:
        try:
            code, generation, length = WRAPPED_HEAD.unpack_from(wrapped)
            cipher = NAMES[code]
            begin = WRAPPED_HEAD.size + length
            name = wrapped[WRAPPED_HEAD.size : begin].decode()
            nonce, sealed = wrapped[begin : begin + NONCE_BYTES], wrapped[begin + NONCE_BYTES :]
            master = self.masters.of(name)
            secret = self._of(master, cipher).decrypt(nonce, sealed, wrapped[:begin] + conversation_id.bytes)
        except (InvalidTag, ValueError, KeyError, struct.error) as exc:
            raise Unsealable from exc
        return cipher, generation, secret

    def _of(self, master: MasterKey, cipher: CipherName) -> Cipher:
        """The cipher with which a master key wraps: its own key for each algorithm (HKDF, RFC 5869)."""
        found = self._wrapping.get((master.secret, cipher))
        if found is None:
            _, length, make = CIPHERS[cipher]
            info = f"citydesk wrapping {cipher}".encode()
            found = make(HKDF(algorithm=SHA256(), length=length, salt=None, info=info).derive(master.secret))
            self._wrapping[master.secret, cipher] = found
        return found


def of_data_dir(data_dir: Path, keys: Keys) -> Vault:
    """The vault of what `desk run` keeps in a data directory.

    Raises:
        ConfigurationError: its master keys cannot be read.
    """
    return Vault(Masters(InFile(data_dir / FILE), keys))


def _packed(plain: bytes) -> bytes:
    """Compress, as `zlib.decompress` reads it."""
    if len(plain) > SMALL:
        return zlib.compress(plain, 1)
    worker = zlib.compressobj(1, zlib.DEFLATED, SMALL_WINDOW, SMALL_MEMORY)
    return worker.compress(plain) + worker.flush()


def is_sealed(value: Any) -> bool:
    """Whether a JSON value is sealed."""
    return isinstance(value, dict) and value.keys() == {MARK}


def file_length(kept: int, begins: bytes) -> int:
    """How long a file is, by how long it is as it is kept and how that begins (eight bytes)."""
    around = len(FILE_MARK) + HEAD.size + NONCE_BYTES + TAG_BYTES
    return kept - around if begins == FILE_MARK else kept


def generation_of(value: Any) -> int | None:
    """By which of a conversation's keys in turn a JSON value was sealed; it needs no key. None: it is plain.

    Raises:
        Unsealable: it says that it is sealed, and is not.
    """
    if not is_sealed(value):
        return None
    try:
        _, generation = HEAD.unpack_from(base64.b64decode(value[MARK]))
    except (ValueError, struct.error) as exc:
        raise Unsealable from exc
    return int(generation)


def is_sealed_file(content: bytes) -> bool:
    """Whether a file is sealed."""
    return content.startswith(FILE_MARK)
