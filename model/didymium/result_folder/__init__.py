"""A folder of results: held by one run at a time, replaced as one, and listed in its manifest; and what a run keeps
until its results are there."""

from didymium.result_folder.finished import Finished
from didymium.result_folder.generation import replace_files, unwritten, write_late
from didymium.result_folder.kept import KeptParts, kept_of, request_hash
from didymium.result_folder.kept_run import KeptRun, input_files, keep_run, kept_run
from didymium.result_folder.lock import locked
from didymium.result_folder.manifest import MANIFEST, SIGNATURE, is_complete, recorded, signatures, strangers

__all__ = [
    "MANIFEST",
    "SIGNATURE",
    "Finished",
    "KeptParts",
    "KeptRun",
    "input_files",
    "is_complete",
    "keep_run",
    "kept_of",
    "kept_run",
    "locked",
    "recorded",
    "replace_files",
    "request_hash",
    "signatures",
    "strangers",
    "unwritten",
    "write_late",
]
