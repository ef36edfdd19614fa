"""Result files: the reviewer's workbook, summary.json and the solver's log."""
