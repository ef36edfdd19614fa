"""Inputs out: the planner's workbook, with its lists, notes and counts, or a folder of CSV files; both read back as the
same case."""

from didymium.template.content import Content, blank, written
from didymium.template.folder import write_folder
from didymium.template.workbook import write_workbook

__all__ = ["Content", "blank", "write_folder", "write_workbook", "written"]
