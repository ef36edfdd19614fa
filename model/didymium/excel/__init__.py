"""Workbooks and files out: a writer that loses nothing silently, and files that appear whole or not at all."""
