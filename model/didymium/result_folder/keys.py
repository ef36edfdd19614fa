"""Ed25519 keys in PEM files. Needs the extra `sign`: imported without it, this module raises BadWorkbook."""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
from collections.abc import Callable
from pathlib import Path

from didymium.errors import BadWorkbook, OutputInUse, Problem

try:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives import serialization as pem
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
except ImportError as missing:
    raise BadWorkbook([Problem("--key", 'needs cryptography: pip install "didymium[sign]"')]) from missing

__all__ = [
    "Ed25519PrivateKey",
    "Ed25519PublicKey",
    "fingerprint",
    "is_signature",
    "make_keys",
    "private_key",
    "public_key",
    "signature_of",
]
LARGEST = 10_000  # bytes of a key's file
Ask = Callable[[], str]


def make_keys(path: Path, passphrase: str = "") -> tuple[Path, Path]:
    """Write a new private key, which its owner alone may read, and beside it its public key, `.pub`; return where they
    are. Raises OutputInUse where they cannot be written, or would replace a file."""
    key, public = Ed25519PrivateKey.generate(), path.with_name(f"{path.name}.pub")
    lock = pem.BestAvailableEncryption(passphrase.encode()) if passphrase else pem.NoEncryption()
    contents = {
        path: key.private_bytes(pem.Encoding.PEM, pem.PrivateFormat.PKCS8, lock),
        public: key.public_key().public_bytes(pem.Encoding.PEM, pem.PublicFormat.SubjectPublicKeyInfo),
    }
    if there := [str(place) for place in contents if place.exists()]:
        raise OutputInUse(f"{there[0]} is there already and is not replaced; choose another name")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        for place, content in contents.items():
            mode = 0o644 if place is public else 0o600
            with os.fdopen(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
                file.write(content)
    except OSError as error:
        raise OutputInUse(f"{path} could not be written: {error.strerror or error}") from error
    return path, public


def private_key(path: Path, ask: Ask | None = None) -> Ed25519PrivateKey:
    """Return the private key of a file; `ask` is called for its passphrase where it has one. Raises BadWorkbook where
    it is none, or others may read it."""
    content = _content(path)
    if os.name == "posix" and path.stat().st_mode & 0o077:
        raise _refused(f"{path} can be read by others: make a new key, or `chmod 600` it where nobody has read it")
    try:
        key: object = pem.load_pem_private_key(content, None)
    except TypeError as error:  # it has a passphrase
        if ask is None:
            raise _refused(f"{path} has a passphrase, which has to be given") from error
        key = _opened(path, content, ask())
    except ValueError as error:
        raise _refused(f"{path} is no private key in a PEM file; `didymium keys` makes one") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise _refused(f"{path} is no Ed25519 key; `didymium keys` makes one")
    return key


def _opened(path: Path, content: bytes, passphrase: str) -> object:
    try:
        return pem.load_pem_private_key(content, passphrase.encode())
    except (ValueError, TypeError) as error:
        raise _refused(f"the passphrase is not that of {path}") from error


def public_key(path: Path) -> Ed25519PublicKey:
    """Return the public key of a file. Raises BadWorkbook where it is none."""
    content = _content(path)
    if b"PRIVATE KEY" in content:
        raise _refused(f"{path} is a private key, which only its owner needs: name the public one, .pub")
    try:
        key = pem.load_pem_public_key(content)
    except ValueError as error:
        raise _refused(f"{path} is no public key in a PEM file") from error
    if not isinstance(key, Ed25519PublicKey):
        raise _refused(f"{path} is no Ed25519 key")
    return key


def fingerprint(key: Ed25519PublicKey) -> str:
    """Return the name of a key: the SHA-256 of its 32 bytes."""
    return hashlib.sha256(key.public_bytes_raw()).hexdigest()


def signature_of(message: bytes, key: Ed25519PrivateKey) -> str:
    """Return the signature of a message, as text."""
    return base64.b64encode(key.sign(message)).decode()


def is_signature(text: str, message: bytes, key: Ed25519PublicKey) -> bool:
    """Return whether a text is the signature of a message by the owner of a key."""
    try:
        key.verify(base64.b64decode(text, validate=True), message)
    except (InvalidSignature, binascii.Error, ValueError):
        return False
    return True


def _content(path: Path) -> bytes:
    try:
        if not path.is_file() or path.stat().st_size > LARGEST:
            raise _refused(f"{path} is no file with a key")
        return path.read_bytes()
    except OSError as error:
        raise _refused(f"{path} cannot be read: {error.strerror or error}") from error


def _refused(text: str) -> BadWorkbook:
    return BadWorkbook([Problem("--key", text)])
