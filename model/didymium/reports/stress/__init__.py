"""stress.xlsx, stress.html and stress.json: what became of a plan under stress."""

from didymium.reports.stress.book import write_workbook
from didymium.reports.stress.page import write_page
from didymium.reports.stress.words import headline, summary

__all__ = ["headline", "summary", "write_page", "write_workbook"]
