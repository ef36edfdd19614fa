"""`didymium brief`: page one of a result, printed or as slides."""

from __future__ import annotations

import argparse

from didymium.console import ConsoleProgress


def run_brief(arguments: argparse.Namespace) -> int:
    """Print the sentences of page one; with `--pptx` write them as slides instead, beside the result."""
    from didymium.api import brief, load
    from didymium.reports.brief import front_page
    from didymium.reports.later_studies import refresh_studies
    from didymium.reports.sentences import status_in_words

    with ConsoleProgress(quiet=False).attached(f"reading {arguments.result}"):
        if arguments.pptx:
            lines = [f"wrote {brief(arguments.result)}"]
        else:
            plan = load(arguments.result)
            folder = arguments.result if arguments.result.is_dir() else arguments.result.parent
            refresh_studies(plan, folder)  # what a frontier or a stress run found since
            lines = [status_in_words(plan.summary), *front_page(plan)]
    print("\n".join(lines))
    return 0
