"""A plan under stress: its investments fixed, its operation optimised, in scenario after scenario and draw after draw.

ranges -> draws -> operating parameters -> operation (one LP for each scenario) -> results. Nothing here decides what to
build.
"""
