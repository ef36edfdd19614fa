"""Excel files out: a writer that raises where a cell is lost, and files that appear complete or not at all."""
