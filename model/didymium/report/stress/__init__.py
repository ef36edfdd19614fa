"""stress.xlsx and stress.json: what became of a plan under stress."""

from didymium.report.stress.book import write_workbook
from didymium.report.stress.words import headline, summary

__all__ = ["headline", "summary", "write_workbook"]
