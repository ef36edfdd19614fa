"""stress.xlsx, stress.html and stress.json: what became of a plan under stress."""

from didymium.report.stress.book import write_workbook
from didymium.report.stress.page import write_page
from didymium.report.stress.words import headline, summary

__all__ = ["headline", "summary", "write_page", "write_workbook"]
