"""stress.xlsx, stress.html and stress.json: the results of a stress run."""

from didymium.reports.stress.book import write_workbook
from didymium.reports.stress.page import write_page
from didymium.reports.stress.sentences import headline, summary

__all__ = ["headline", "summary", "write_page", "write_workbook"]
