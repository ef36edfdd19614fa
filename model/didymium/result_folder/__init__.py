"""A folder of results: held by one run at a time, replaced as one, and listed in its manifest; and what a run keeps
until its results are there."""

from didymium.result_folder.finished import Finished
from didymium.result_folder.generation import replace_files
from didymium.result_folder.kept import KeptParts, kept_of, request_hash
from didymium.result_folder.lock import locked
from didymium.result_folder.manifest import MANIFEST, SIGNATURE, is_complete, signatures, strangers

__all__ = [
    "MANIFEST",
    "SIGNATURE",
    "Finished",
    "KeptParts",
    "is_complete",
    "kept_of",
    "locked",
    "replace_files",
    "request_hash",
    "signatures",
    "strangers",
]
