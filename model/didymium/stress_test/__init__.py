"""A plan under stress: its builds held, its operation made the best of, in scenario after scenario and draw after draw.

ranges -> draws -> figures -> operation (one resident model) -> runs. Nothing here decides what to build.
"""
