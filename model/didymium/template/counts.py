"""Live counts and checks of the Start sheet: each a formula and the value that it shows for the rows written."""

from __future__ import annotations

from dataclasses import dataclass

from didymium.tables.columns import Column
from didymium.template import computed, faults
from didymium.template.layout import Table

Tables = dict[str, Table]
Begun = dict[str, list[dict[str, object]]]  # the rows of each sheet whose first cell is filled


@dataclass(frozen=True, slots=True)
class Live:
    """A formula with the value stored beside it."""

    formula: str
    value: float | str


def filled(tables: Tables, sheet: str) -> Live:
    """Return how many rows of a sheet are begun."""
    first = tables[sheet].sheet.first
    return Live(f'=COUNTIF({sheet}[{first}],"?*")', float(sum(first in row for row in tables[sheet].rows)))


def unsourced(tables: Tables, sheet: str) -> Live:
    """Return how many rows of a sheet name no source."""
    first = tables[sheet].sheet.first
    bare = sum(first in row and "source" not in row for row in tables[sheet].rows)
    return Live(f'=SUMPRODUCT(({sheet}[{first}]<>"")*({sheet}[source]=""))', float(bare))


def _numbers(tables: Tables, sheet: str, column: str, stage: str | None = None) -> list[float]:
    rows = tables[sheet].rows
    return [
        float(v)
        for row in rows
        if isinstance(v := row.get(column), (int, float)) and (stage is None or row.get("stage") == stage)
    ]


def total(tables: Tables, sheet: str, year: str) -> Live:
    """Return the sum of a year's column."""
    return Live(f"=SUM({sheet}[{year}])", sum(_numbers(tables, sheet, year)))


def numbers_in(tables: Tables, sheet: str, year: str) -> Live:
    """Return how many rows hold a number for a year."""
    return Live(f"=COUNT({sheet}[{year}])", float(len(_numbers(tables, sheet, year))))


def by_stage(tables: Tables, stage: str) -> list[Live]:
    """Return, of one stage, how many plants exist, can be built and are committed; capacity; lowest and highest capex.

    Capacity in t/year, capex in USD per t/year.
    """
    of_stage = f'Projects[stage],"{stage}"'
    rows = [row for row in tables["Projects"].rows if row.get("stage") == stage]
    capex = [v for row in rows if isinstance(v := computed.value("capex_usd_per_t", row, []), float) and v > 0]
    counts = [
        Live(
            f'=COUNTIFS({of_stage},Projects[{column}],">0")',
            float(sum(value > 0 for value in _numbers(tables, "Projects", column, stage))),
        )
        for column in ("existing_t_per_year", "max_modules", "min_modules")
    ]
    standing = Live(
        f"=SUMIFS(Projects[existing_t_per_year],{of_stage})",
        sum(_numbers(tables, "Projects", "existing_t_per_year", stage)),
    )
    spread = f'{of_stage},Projects[capex_usd_per_t],">0"'
    lowest = Live(f"=_xlfn.MINIFS(Projects[capex_usd_per_t],{spread})", min(capex, default=0.0))
    highest = Live(f"=_xlfn.MAXIFS(Projects[capex_usd_per_t],{spread})", max(capex, default=0.0))
    return [*counts, standing, lowest, highest]


@dataclass(frozen=True, slots=True)
class Item:
    """One line of the checklist: what should hold, and a formula that says whether it does."""

    text: str
    live: Live


def to_mend(tables: Tables, sheet: str) -> Live:
    """Return how many cells of a sheet the check would refuse, as far as formulas can see."""
    counted = faults.faults(tables[sheet], lambda column: _offered(tables, column))
    return Live(f"={'+'.join(t.formula for t in counted)}", float(sum(t.number for t in counted)))


def _offered(tables: Tables, column: Column) -> set[str]:
    """The ids that a column of references may hold, for the rows written."""
    found: set[str] = set()
    for where in (column.offers,) if column.offers else column.refers_to:
        sheet, _, name = {"Concentrates": "Projects.project", "Mixed": "Elements.commodity"}.get(
            where, where
        ).partition(".")
        only = {"Concentrates": ("stage", "mine"), "Mixed": ("circuit", "heavy")}.get(where)
        prefix = "mixed_" if where == "Mixed" else ""
        found |= {
            f"{prefix}{row[name]}"
            for row in tables[sheet].rows
            if name in row and (only is None or row.get(only[0]) == only[1])
        }
    return found


def checklist(tables: Tables, years: list[str], mend: str) -> list[Item]:
    """Return what the check demands, as far as formulas can see it.

    `mend` is the range with the number of cells to correct of each sheet.
    """
    rows = {name: [row for row in table.rows if table.sheet.first in row] for name, table in tables.items()}
    items = [
        ("The plan has its years, and its tables hold them", _years_formula(tables), _years_hold(tables, years)),
        (
            "No cell lacks what it must hold, or holds what it may not",
            f"SUM({mend})=0",
            not any(to_mend(tables, s).value for s in tables),
        ),
        ("There is a region", 'COUNTIF(Regions[region],"?*")>0', bool(rows["Regions"])),
        (
            "There is demand",
            f"COUNT(Demand[[{years[0]}]:[{years[-1]}]])>0",
            any(_numbers(tables, "Demand", year) for year in years),
        ),
        _mines(rows),
        _assays(tables, rows),
        _buildable(rows),
        _pairs(
            rows, "Recipes", "recipe", "direction", ("in", "out"), "Every recipe says what goes in and what comes out"
        ),
        _pairs(
            rows,
            "Imports",
            "offer",
            "measure",
            ("limit_t", "price_usd_per_t"),
            "Every offer has its tonnes and its price",
        ),
        _offers(rows),
        _scenarios(tables, rows),
        _targets(rows),
    ]
    return [
        Item(text, Live(f'=IF(IFERROR({formula},FALSE),"done","to do")', "done" if holds else "to do"))
        for text, formula, holds in items
    ]


_Line = tuple[str, str, bool]  # what should hold, the formula that says so, and whether it does for the rows written


def _years_formula(tables: Tables) -> str:
    first, last = (
        f'INDEX(Settings[value],MATCH("{name}",Settings[setting],0))' for name in ("first_year", "last_year")
    )
    there = [
        f'ISNUMBER(MATCH(TEXT({year},"0"),{tables[sheet].headings},0))'
        for sheet in ("Demand", "Imports")
        for year in (first, last)
    ]
    return f"AND(ISNUMBER({first}),ISNUMBER({last}),{first}<={last},{','.join(there)})"


def _years_hold(tables: Tables, years: list[str]) -> bool:
    first, last = (
        next((r.get("value") for r in tables["Settings"].rows if r.get("setting") == n), None)
        for n in ("first_year", "last_year")
    )
    if not (isinstance(first, int) and isinstance(last, int)) or first > last:
        return False
    return all({str(first), str(last)} <= set(tables[sheet].columns) for sheet in ("Demand", "Imports"))


def _mines(rows: Begun) -> _Line:
    mines = [row for row in rows["Projects"] if row.get("stage") == "mine"]
    assayed = {str(row["mine"]) for row in rows["Assays"]}
    bare = '((COUNTIF(Assays[mine],Projects[project])=0)+(Projects[ore_type]="")>0)'
    holds = all(str(row["project"]) in assayed and "ore_type" in row for row in mines)
    return "Every mine has an assay and an ore type", f'SUMPRODUCT((Projects[stage]="mine")*{bare})=0', holds


def _assays(tables: Tables, rows: Begun) -> _Line:
    sums = [computed.value("sum_percent", row, tables["Assays"].elements) for row in rows["Assays"]]
    formula = 'COUNTIFS(Assays[sum_percent],">=99",Assays[sum_percent],"<=101")=COUNTIF(Assays[mine],"?*")'
    return (
        "Every assay sums to 100 within 1",
        formula,
        all(isinstance(s, (int, float)) and 99 <= s <= 101 for s in sums),
    )


def _buildable(rows: Begun) -> _Line:
    """A module's size must be more than 0; the other cells may be 0 but not blank."""
    blank = "+".join(f'(Projects[{c}]="")' for c in ("capex_musd_per_module", "permitting_years", "construction_years"))
    no_size = '(Projects[module_t_per_year]=0)+(Projects[module_t_per_year]="")'
    lacking = f"SUMPRODUCT((Projects[max_modules]>0)*({no_size}+{blank}>0))=0"
    beyond = "SUMPRODUCT(--(Projects[min_modules]>Projects[max_modules]))=0"
    holds = all(_is_built_well(row) for row in rows["Projects"])
    return "What can be built has its size, cost and years", f"AND({lacking},{beyond})", holds


def _is_built_well(row: dict[str, object]) -> bool:
    maximum, minimum = row.get("max_modules", 0), row.get("min_modules", 0)
    if not isinstance(maximum, (int, float)) or not isinstance(minimum, (int, float)):
        return False
    complete = bool(row.get("module_t_per_year")) and all(
        c in row for c in ("capex_musd_per_module", "permitting_years", "construction_years")
    )
    return minimum <= maximum and (not maximum or complete)


def _pairs(rows: Begun, sheet: str, name: str, column: str, words: tuple[str, str], text: str) -> _Line:
    """Every id has a row for each of two words."""
    ids = f"{sheet}[{name}]"
    lacking = "+".join(f'(COUNTIFS({ids},{ids},{sheet}[{column}],"{word}")=0)' for word in words)
    found_words: dict[str, set[object]] = {}
    for row in rows[sheet]:
        found_words.setdefault(str(row[name]).casefold(), set()).add(row.get(column))
    return text, f'SUMPRODUCT(({ids}<>"")*({lacking}>0))=0', all(set(words) <= found for found in found_words.values())


_SAME = ("supplier", "china", "commodity", "destination")  # and tariff_percent, where a blank is 0


def _offers(rows: Begun) -> _Line:
    """Rows of an offer that differ in what must be the same: fewer agree with a row than there are."""
    ids = "Imports[offer]"
    fewer = "+".join(f'(COUNTIFS({ids},{ids},Imports[{c}],Imports[{c}]&"")<COUNTIF({ids},{ids}))' for c in _SAME)
    other = f"(ABS(SUMIFS(Imports[tariff_percent],{ids},{ids})-Imports[tariff_percent]*COUNTIF({ids},{ids}))>0.000001)"
    offers: dict[str, set[tuple[object, ...]]] = {}
    for row in rows["Imports"]:
        described = (*(str(row.get(c, "")).casefold() for c in _SAME), row.get("tariff_percent", 0))
        offers.setdefault(str(row["offer"]).casefold(), set()).add(described)
    holds = all(len(found) == 1 and isinstance(next(iter(found))[-1], (int, float)) for found in offers.values())
    return "Both rows of an offer say the same of it", f'SUMPRODUCT(({ids}<>"")*({fewer}+{other}>0))=0', holds


def _scenarios(tables: Tables, rows: Begun) -> _Line:
    base = sum("reveal_year" not in row for row in rows["Scenarios"])
    probability = sum(_numbers(tables, "Scenarios", "probability_percent"))
    one = 'SUMPRODUCT((Scenarios[scenario]<>"")*(Scenarios[reveal_year]=""))=1'
    formula = f'OR(COUNTIF(Scenarios[scenario],"?*")=0,AND({one},ABS(SUM(Scenarios[probability_percent])-100)<0.01))'
    return (
        "One scenario is the base, and all sum to 100 %",
        formula,
        not rows["Scenarios"] or (base == 1 and abs(probability - 100) < 0.01),
    )


# What a target of each type must name.
_NAMED = (
    ("min_china_free_share", "stage"),
    ("max_region_share", "region"),
    ("max_region_share", "stage"),
    ("max_china_import_share", "commodity"),
)


def _targets(rows: Begun) -> _Line:
    conditions = [
        f'(Targets[type]="{kind}")*((Targets[{column}]="")+(Targets[{column}]="*")>0)' for kind, column in _NAMED
    ]
    bare = any(
        row.get("type") == kind and row.get(column, "*") == "*" for row in rows["Targets"] for kind, column in _NAMED
    )
    return "Every target names what it counts", f"SUMPRODUCT({'+'.join(conditions)})=0", not bare
