"""report.html: one self-contained page, made from the plan's tables."""

from didymium.reports.page.write import write_page

__all__ = ["write_page"]
