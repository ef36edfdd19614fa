"""Tables by name as DataFrames: `plan["trade"]` and `plan.trade`, with a suggestion where a name is misspelt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from didymium.errors import UnknownTable
from didymium.results import Record
from didymium.tables.cells import nearest

if TYPE_CHECKING:  # a solve needs no DataFrame
    import pandas as pd


class TableFrames:
    """An object whose tables are read as DataFrames, by item or by attribute."""

    __slots__ = ()

    def tables_by_name(self) -> Mapping[str, Sequence[Record]]:
        """Return the rows of every table by its name."""
        raise NotImplementedError

    def columns_by_name(self) -> Mapping[str, list[str]]:
        """Return the columns of tables whose columns are declared; the others have those of their rows."""
        return {}

    def __getitem__(self, table: str) -> pd.DataFrame:
        """Return a table as a DataFrame, a row a record. Raises UnknownTable, which is a KeyError, with the nearest
        name."""
        import pandas as pd

        known = self.tables_by_name()
        if table not in known:
            raise UnknownTable(f"there is no table {table!r}{nearest(str(table), known)}")
        return pd.DataFrame(known[table], columns=self.columns_by_name().get(table))

    def __getattr__(self, name: str) -> pd.DataFrame:
        """Return a table by its name. Called only for what is no attribute of the class."""
        if name.startswith("_") or hasattr(type(self), name):  # a copy that is not filled yet, or a protocol's question
            raise AttributeError(name)
        try:
            return self[name]
        except UnknownTable:
            known = [*self.tables_by_name(), *(n for n in dir(type(self)) if not n.startswith("_"))]
            text = f"{type(self).__name__} has no table or attribute {name!r}{nearest(name, known)}"
            raise AttributeError(text) from None

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *self.tables_by_name()})
