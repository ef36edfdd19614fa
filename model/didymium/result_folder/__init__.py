"""A folder of results: held by one run at a time, replaced as one, and listed in its manifest."""

from didymium.result_folder.generation import replace_files
from didymium.result_folder.lock import locked
from didymium.result_folder.manifest import MANIFEST, is_complete, strangers

__all__ = ["MANIFEST", "is_complete", "locked", "replace_files", "strangers"]
