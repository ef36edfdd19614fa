"""Page one in sentences, each with what it rests on: the answer with names and places, what is decided now, why shares
fall, what it depends on, the largest risks, safe bets, evidence, warnings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from didymium.excel.headings import words_of
from didymium.plan.answer import Answer
from didymium.plan.decisions import Decision, decisions, part_of
from didymium.plan.rows import as_number
from didymium.reports import evidence
from didymium.reports.later_studies import CLASSES
from didymium.reports.names import listed, project_name
from didymium.reports.numbers import rounded
from didymium.reports.penalties import part_of_difference
from didymium.reports.premises import premise_sentences, warning_sentences
from didymium.reports.sentence import Parts, Sentence, sentences_of
from didymium.reports.sentences import headline_sentences
from didymium.reports.share_falls import share_falls

LARGEST, LISTED = 5, 6  # names in a sentence
SAME_COST = 1e-6  # share of the cost: a plan that costs less by no more is not called cheaper
TONNES = 1.0  # t over the plan; less that is not met is not named


def front_page(plan: Answer) -> list[str]:
    """Return all sentences of page one."""
    return [sentence.text for sentence in page_one(plan)]


def page_one(plan: Answer) -> list[Sentence]:
    """Return all sentences of page one, each with what it rests on."""
    return [sentence for _, sentence in _grouped(plan)]


def groups(plan: Answer) -> dict[str, list[str]]:
    """Return the sentences of page one by what they are about: answer, named (who, where and when), premises, studies
    (risks, safe bets, evidence) and warnings."""
    found: dict[str, list[str]] = {name: [] for name in ("answer", "named", "premises", "studies", "warnings")}
    for name, sentence in _grouped(plan):
        found[name].append(sentence.text)
    return found


def _grouped(plan: Answer) -> Iterator[tuple[str, Sentence]]:
    for name, sentences in (
        ("answer", headline_sentences(plan)),
        ("named", sentences_of(plan, _NAMES)),
        ("premises", premise_sentences(plan)),
        ("studies", sentences_of(plan, _STUDIES)),
        ("warnings", warning_sentences(plan)),
    ):
        yield from ((name, sentence) for sentence in sentences)


def place_of_project(plan: Answer, project: str) -> str:
    """Return the name of a project with its country, or its region where no country is given."""
    row = plan.source.ids("Projects.project").get(project)
    if row is None:
        return project_name(plan.source, project)
    where = row.values.get("country") or row.extra.get("country") or words_of(row.text("region"))
    return f"{project_name(plan.source, project)} ({where})"


@dataclass(frozen=True, slots=True)
class Part:
    """The committed or the chosen modules of a decision: their capex, M USD."""

    decision: Decision
    capex: float


def parts_of(plan: Answer, committed: bool) -> list[Part]:
    """Return the committed or the chosen part of every decision that has one, the largest capex first."""
    found = []
    for d in decisions(plan.tables["investments"]):
        counts = [r["committed_modules"] if committed else r["modules"] - r["committed_modules"] for r in d.rows]
        if any(counts):
            rows = tuple(part_of(r, count) for r, count in zip(d.rows, counts, strict=True))
            found.append(Part(d, replace(d, rows=rows).mean("capex_musd")))
    return sorted(found, key=lambda part: -part.capex)


def _largest(plan: Answer) -> list[str]:
    """The largest chosen investments by capex, with place, stage and year."""
    chosen = parts_of(plan, committed=False)
    if not chosen:
        return []
    largest = [
        f"{place_of_project(plan, p.decision.project)}, {p.decision.stage}, decided {p.decision.year},"
        f" {rounded(p.capex)}"
        for p in chosen[:LARGEST]
    ]
    which = f"the {LARGEST} largest" if len(chosen) > LARGEST else "all"
    return [f"Chosen investments, {which} by capex (M USD): {'; '.join(largest)}."]


def decided_now(plan: Answer, committed: bool) -> list[Part]:
    """Return what is decided in the first year, the committed or the chosen part; in a plan for several scenarios what
    all share."""
    first, several = plan.source.years[0], len(plan.scenarios) > 1
    parts = (p for p in parts_of(plan, committed) if p.decision.year == first)
    return [p for p in parts if not several or p.decision.is_shared(plan.scenarios)]


def _decided_now(plan: Answer) -> list[str]:
    """What is decided in the first year: chosen and committed."""
    every = decisions(plan.tables["investments"])
    if not every:
        return []
    first, chosen, committed = plan.source.years[0], decided_now(plan, False), decided_now(plan, True)
    if not chosen and not committed:
        return [f"Nothing is decided in {first}: the first decision of the plan is in {every[0].year}."]
    parts = [
        f"{word} {listed([place_of_project(plan, p.decision.project) for p in some], LISTED)}"
        f" ({rounded(sum(p.capex for p in some))} M USD of capex)"
        for word, some in (("chosen by this plan:", chosen), ("committed before:", committed))
        if some
    ]
    nothing = "" if chosen else " This plan adds no decision to them."
    return [f"Decided in {first}: {'; '.join(parts)}.{nothing}"]


def _risks(plan: Answer) -> list[str]:
    """The three costliest losses and scenarios of the stress runs, where there were any."""
    stress = plan.summary.get("stress")
    rows = stress.get("largest_risks") if isinstance(stress, Mapping) else None
    if not isinstance(rows, list) or not rows:
        return []
    risks = []
    for row in rows:
        short = as_number(row["short_more_t"])
        unmet = f", {rounded(short)} t more of demand not met" if short > TONNES else ""
        cost = as_number(row["cost_more_musd"])
        part = part_of_difference(cost, *(as_number(row.get(f"{k}_more_musd")) for k in ("shortage", "target_penalty")))
        risks.append(f"{_risk(plan, row)}: {rounded(cost)} M USD more{part}{unmet}")
    return [f"Largest risks with these builds, by what they cost over the plan: {'; '.join(risks)}."]


def _risk(plan: Answer, row: Mapping[str, object]) -> str:
    name = str(row["name"])
    if row["kind"] == "plant":
        return f"{place_of_project(plan, name)} lost in every year"
    return (
        f"supplier {words_of(name)} lost in every year" if row["kind"] == "supplier" else f"scenario {words_of(name)}"
    )


def _bets(plan: Answer) -> list[str]:
    """Which candidates every good plan has, and which only some, where the alternatives were worked out."""
    found = plan.summary.get("alternatives")
    if not isinstance(found, Mapping):
        return []

    ids = {name: [p for p in str(found[name] or "").split(";") if p] for name in CLASSES}

    def named(name: str) -> str:
        projects = listed([project_name(plan.source, p) for p in ids[name]], LISTED)
        return f"{len(ids[name])} ({projects})" if projects else "none proven" if ids["open"] else "none"

    within = found.get("within_percent")
    margin = "a margin" if within is None else f"{as_number(within):g} %"
    return [
        (
            f"Safe bets, in every plan whose extra cost is within {margin}: {named('always')}. Coin flips, in some of"
            f" these plans: {named('some')}. In none of them: {len(ids['never'])}; not decided: {len(ids['open'])}."
        ),
        *_cheaper(plan, found.get("cost_musd")),
    ]


def _cheaper(plan: Answer, cost: object) -> Iterator[str]:
    """Say that the study of alternatives found a cheaper plan, where it did."""
    if cost is not None and (less := plan.cost - as_number(cost)) > SAME_COST * abs(plan.cost):
        yield f"On the way to these a plan was found that costs {rounded(less)} M USD less than this one."


def _evidence(plan: Answer) -> list[str]:
    """How much of the cost rests on which kind of source, and the weakest input of most cost."""
    (cost, *_) = evidence.shares(plan)
    parts = {name: as_number(value) for name, value in cost.items() if name.endswith("_percent")}
    if not any(parts.values()):
        return []
    shares = ", ".join(f"{words_of(name.removesuffix('_percent'))} {value:.0f} %" for name, value in parts.items())
    proof = ", the hidden sheet Proof the numbers that prove the bound" if plan.summary.get(_PROOF) is not None else ""
    return [
        (
            "Evidence: inputs behind the cost (each amount without its sign) are, by their sources,"
            f" {shares}. Sheet Evidence has the weakest of them, sheet Calibration what was observed beside the"
            f" plan{proof}."
        )
    ]


_PROOF = "bound_by_duals_musd"
_NAMES: Parts = (
    (_largest, ("investments.capex_musd", "investments.committed", "investments.decision_year")),
    (_decided_now, ("investments.capex_musd", "investments.committed", "investments.decision_year")),
    (
        share_falls,
        ("origin.wanted_t", *(f"demand.level_{k}_t" for k in range(5)), "trade.tonnes_t", "targets.asked_percent"),
    ),
)
_STUDIES: Parts = (
    (_risks, ("run.stress",)),
    (_bets, ("run.alternatives", "run.objective_musd")),
    (_evidence, ("plants.weighted_musd", "trade.cost_musd", "demand.short_t", "costs.weight", f"run.{_PROOF}")),
)
