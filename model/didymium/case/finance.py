"""What a module costs a year: annuities under private and public money (docs/model.md)."""

from __future__ import annotations

from didymium.case.case import Instrument, Project


def capital_recovery(rate: float, years: int) -> float:
    """Return the capital recovery factor, the yearly payment per unit of capital over n years at rate i.

    CRF(i, n) = i / (1 - (1 + i)^-n), and 1/n at i = 0
    """
    left: float = (1 + rate) ** -years
    return 1 / years if rate == 0 else rate / (1 - left)


def annuity_share(rate: float, construction: int, life: int) -> float:
    """Return the yearly payment per M USD of overnight capex, interest during construction included.

    (1 + i)^(construction/2) x CRF(i, life): the money is spent, on average, half the construction time early.
    """
    interest: float = (1 + rate) ** (construction / 2)
    return interest * capital_recovery(rate, life)


def module_annuity(project: Project) -> float:
    """Return what one module pays a year when all of it is private money, M USD."""
    return project.overnight * annuity_share(project.wacc, project.construction, project.life)


def private_payment(project: Project) -> float:
    """Return what a M USD of private money is paid a year, M USD."""
    return annuity_share(project.wacc, project.construction, project.life)


def public_payment(project: Project, instrument: Instrument) -> float:
    """Return what a M USD of an instrument is paid a year, M USD: nothing for a grant."""
    return instrument.repaid * annuity_share(instrument.rate, project.construction, project.life)


def subsidy_share(project: Project, instrument: Instrument) -> float:
    """Return the subsidy equivalent of a M USD of public money: what of it is not paid back, at the project's own cost
    of capital.

    max(0, 1 - repaid x (1 + rate)^(construction/2) x CRF(rate, life) / ((1 + wacc)^(construction/2) x CRF(wacc, life)))
    Its repayments over the whole life, discounted at the cost of capital of private money; 1 for a grant. The measure
    is the grant equivalent of a loan.
    """
    return max(0.0, 1 - public_payment(project, instrument) / private_payment(project))


def support_saving(project: Project, instrument: Instrument) -> float:
    """Return by how much a M USD of public support changes the yearly payment, M USD; below 0 where it saves.

    repaid x (1 + rate)^(construction/2) x CRF(rate, life) - (1 + wacc)^(construction/2) x CRF(wacc, life)
    """
    return public_payment(project, instrument) - private_payment(project)
