"""Live counts and checks of the Start sheet: each a formula and the value that it shows for the rows written."""

from __future__ import annotations

from dataclasses import dataclass

from didymium.template import computed
from didymium.template.layout import Table

Tables = dict[str, Table]


@dataclass(frozen=True, slots=True)
class Live:
    """A formula with the value stored beside it."""

    formula: str
    value: float | str


def filled(tables: Tables, sheet: str) -> Live:
    """How many rows of a sheet are begun."""
    first = tables[sheet].sheet.first
    return Live(f'=COUNTIF({sheet}[{first}],"?*")', float(sum(first in row for row in tables[sheet].rows)))


def unsourced(tables: Tables, sheet: str) -> Live:
    """How many rows of a sheet name no source."""
    first = tables[sheet].sheet.first
    bare = sum(first in row and "source" not in row for row in tables[sheet].rows)
    return Live(f'=SUMPRODUCT(({sheet}[{first}]<>"")*({sheet}[source]=""))', float(bare))


def _numbers(tables: Tables, sheet: str, column: str, stage: str | None = None) -> list[float]:
    rows = tables[sheet].rows
    return [float(v) for row in rows if isinstance(v := row.get(column), (int, float)) and (stage is None or row.get("stage") == stage)]


def total(tables: Tables, sheet: str, year: str) -> Live:
    """The sum of a year's column."""
    return Live(f"=SUM({sheet}[{year}])", sum(_numbers(tables, sheet, year)))


def given(tables: Tables, sheet: str, year: str) -> Live:
    """How many rows give a number for a year."""
    return Live(f"=COUNT({sheet}[{year}])", float(len(_numbers(tables, sheet, year))))


def by_stage(tables: Tables, stage: str) -> list[Live]:
    """Of one stage: plants that stand, that could be built, that are committed; capacity standing; least and most capex per tonne."""
    of_stage = f'Projects[stage],"{stage}"'
    rows = [row for row in tables["Projects"].rows if row.get("stage") == stage]
    capex = [v for row in rows if isinstance(v := computed.value("capex_usd_per_t", row, []), float) and v > 0]
    counts = [
        Live(f'=COUNTIFS({of_stage},Projects[{column}],">0")', float(sum(value > 0 for value in _numbers(tables, "Projects", column, stage))))
        for column in ("existing_t_per_year", "max_modules", "min_modules")
    ]
    standing = Live(f"=SUMIFS(Projects[existing_t_per_year],{of_stage})", sum(_numbers(tables, "Projects", "existing_t_per_year", stage)))
    spread = f'{of_stage},Projects[capex_usd_per_t],">0"'
    least = Live(f"=_xlfn.MINIFS(Projects[capex_usd_per_t],{spread})", min(capex, default=0.0))
    most = Live(f"=_xlfn.MAXIFS(Projects[capex_usd_per_t],{spread})", max(capex, default=0.0))
    return [*counts, standing, least, most]


@dataclass(frozen=True, slots=True)
class Item:
    """One line of the checklist: what should hold, and a formula that says whether it does."""

    text: str
    live: Live


def checklist(tables: Tables, years: list[str]) -> list[Item]:
    """What a workbook needs before it is worth checking."""
    span = f"[[{years[0]}]:[{years[-1]}]]"
    demanded = sum(len(_numbers(tables, "Demand", year)) for year in years)
    rows = {name: [row for row in table.rows if table.sheet.first in row] for name, table in tables.items()}
    mines = {str(row["project"]) for row in rows["Projects"] if row.get("stage") == "mine"}
    assayed = {str(row["mine"]) for row in rows["Assays"]}
    sums = [computed.value("sum_percent", row, tables["Assays"].elements) for row in rows["Assays"]]
    measures = [row.get("measure") for row in rows["Imports"]]
    base = sum("reveal_year" not in row for row in rows["Scenarios"])
    odds = sum(_numbers(tables, "Scenarios", "probability_percent"))
    items = [
        ("The plan has its first and last year", _settings_formula(), all("value" in row for row in rows["Settings"][:2])),
        ("Every region has a cost of capital", *_both(tables, "Regions", "wacc_percent")),
        ("Every project has its stage", *_both(tables, "Projects", "stage")),
        ("Every project has its region", *_both(tables, "Projects", "region")),
        ("Every mine has an assay", 'SUMPRODUCT((Projects[stage]="mine")*(COUNTIF(Assays[mine],Projects[project])=0))=0', mines <= assayed),
        (
            "Every assay sums to 100 within 1",
            'COUNTIFS(Assays[sum_percent],">=99",Assays[sum_percent],"<=101")=COUNTIF(Assays[mine],"?*")',
            all(isinstance(s, (int, float)) and 99 <= s <= 101 for s in sums),
        ),
        ("There is demand, in every year", f'AND(COUNT(Demand{span})>0,COUNT(Demand{span})=COUNTIF(Demand[region],"?*")*{len(years)})', bool(demanded) and demanded == len(rows["Demand"]) * len(years)),
        (
            "Every offer has its tonnes and its price",
            'COUNTIF(Imports[measure],"limit_t")=COUNTIF(Imports[measure],"price_usd_per_t")',
            measures.count("limit_t") == measures.count("price_usd_per_t"),
        ),
        (
            "One scenario is the base, and all sum to 100 %",
            'OR(COUNTIF(Scenarios[scenario],"?*")=0,AND(SUMPRODUCT((Scenarios[scenario]<>"")*(Scenarios[reveal_year]=""))=1,ABS(SUM(Scenarios[probability_percent])-100)<0.01))',
            not rows["Scenarios"] or (base == 1 and abs(odds - 100) < 0.01),
        ),
        ("Targets are set (or none is wanted)", f"COUNT(Targets{span})>0", any(_numbers(tables, "Targets", year) for year in years)),
    ]  # fmt: skip
    return [Item(text, Live(f'=IF({said},"done","to do")', "done" if holds else "to do")) for text, said, holds in items]


def _settings_formula() -> str:
    values = ",".join(f'ISNUMBER(INDEX(Settings[value],MATCH("{name}",Settings[setting],0)))' for name in ("first_year", "last_year"))
    return f"IFERROR(AND({values}),FALSE)"


def _both(tables: Tables, sheet: str, column: str) -> tuple[str, bool]:
    """Does every row that is begun fill a column, and is there a row at all?"""
    first = tables[sheet].sheet.first
    begun = [row for row in tables[sheet].rows if first in row]
    said = f'AND(COUNTIF({sheet}[{first}],"?*")>0,SUMPRODUCT(({sheet}[{first}]<>"")*({sheet}[{column}]=""))=0)'
    return said, bool(begun) and all(column in row for row in begun)
