"""An .xlsx file in: guarded, streamed, every cell with its type, its formula and its place.

No well-kept reader keeps error cells, formulas without a stored value, dates and totals rows apart, refuses cells
stored twice and unpacks a million blank rows in bounded memory; tests hold this one against openpyxl.
"""

from didymium.tables.xlsx.workbook import read_workbook

__all__ = ["read_workbook"]
