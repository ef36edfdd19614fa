"""The desk: a local page in the browser for planners without a terminal (`didymium open`, the extra `desk`).

It reimplements nothing: checks, runs, results and comparisons are those of the commands. `serve` starts it, `guard`
keeps others out, `folder` says which files it may touch, `saves` checks what is saved, `queue` runs commands, `web` and
the modules of its pages show it all.
"""
