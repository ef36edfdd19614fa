"""manifest.sig: who vouches for a folder of results. Several people may sign; each key has an entry of its own.

What is signed: the manifest, the files that it lists, and of the workbook what its tables hold, so that storing it
again in an office changes nothing.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from didymium.errors import BadWorkbook, OutputInUse, Problem
from didymium.excel.files import part_of, put
from didymium.result_folder.keys import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
    fingerprint,
    is_signature,
    signature_of,
)
from didymium.result_folder.lock import locked
from didymium.result_folder.manifest import MANIFEST, RESAVED, SIGNATURE, listed, sha256, signatures

PURPOSE = b"didymium result 1\n"  # begins what is signed, so that no signature made for something else counts
IsContent = Callable[[Mapping[str, Any]], bool]


@dataclass(frozen=True, slots=True)
class SignatureFinding:
    """What a signature says: the fingerprint of the key, when it was made, and, as place and text, why it does not hold
    for the folder as it is."""

    key: str
    signed_at: str = ""
    faults: list[tuple[str, str]] = field(default_factory=list)


def sign_folder(folder: Path, content: Mapping[str, object], key: Ed25519PrivateKey) -> Path:
    """Sign the results in a folder, and what says which content its workbook has; return where the signature is. Those
    of other keys stay.

    Raises BadWorkbook where there is no manifest, OutputInUse where nothing can be written.
    """
    if not listed(folder):
        text = f"has no {MANIFEST}, which is what is signed: solve again with this version"
        raise BadWorkbook([Problem(str(folder), text)])
    signed = {
        "content": dict(content),
        "manifest_sha256": sha256(folder / MANIFEST),
        "files": {n: h for n, h in listed(folder).items() if not n.endswith(RESAVED)},
        "signed_at": datetime.now().astimezone().isoformat(timespec="seconds"),
    }
    name = fingerprint(key.public_key())
    entry = {"key": name, "signed": signed, "signature": signature_of(_message(signed), key)}
    with locked(folder):
        part = part_of(folder / SIGNATURE)
        try:
            others = [one for one in signatures(folder) if one.get("key") != name]
            part.write_text(json.dumps([*others, entry], indent=1), encoding="utf-8")
            return put(part, folder / SIGNATURE)
        except OSError as error:
            raise OutputInUse(f"{SIGNATURE} could not be written: {error.strerror or error}") from error
        finally:
            part.unlink(missing_ok=True)


def check_signature(folder: Path, is_content: IsContent, key: Ed25519PublicKey) -> SignatureFinding:
    """Return what the signature by a key says of a folder; `is_content` tells whether its workbook has the content that
    was signed."""
    name, entries = fingerprint(key), signatures(folder)
    if not entries:
        why = "cannot be read" if (folder / SIGNATURE).exists() else "is not there: nobody has signed this result"
        return SignatureFinding(name, "", [(SIGNATURE, why)])
    entry = next((one for one in entries if one.get("key") == name), None)
    if entry is None:
        others = ", ".join(str(one.get("key")) for one in entries)
        return SignatureFinding(name, "", [(SIGNATURE, f"is by another key: {others}")])
    signed = entry.get("signed")
    if not isinstance(signed, dict) or not is_signature(str(entry.get("signature")), _message(signed), key):
        return SignatureFinding(name, "", [(SIGNATURE, "is false: it was changed, or not made by this key")])
    return SignatureFinding(name, str(signed["signed_at"]), _changes(folder, is_content, signed))


def _changes(folder: Path, is_content: IsContent, signed: Mapping[str, object]) -> list[tuple[str, str]]:
    """What is not as it was signed, as place and text. Files that were not passed on are not missed."""
    files, content, found = signed["files"], signed["content"], []
    assert isinstance(files, dict) and isinstance(content, dict)
    if not is_content(content):
        found.append(("the workbook", "does not hold what was signed: a value was changed after"))
    found += [
        (name, "is not the file that was signed")
        for name, digest in files.items()
        if (folder / name).is_file() and sha256(folder / name) != digest
    ]
    manifest = folder / MANIFEST
    if not manifest.is_file() or sha256(manifest) != signed["manifest_sha256"]:
        found.append((MANIFEST, "is not the one that was signed: files were written after, and have to be signed anew"))
    return found


def _message(signed: object) -> bytes:
    return PURPOSE + json.dumps(signed, sort_keys=True, separators=(",", ":")).encode()
