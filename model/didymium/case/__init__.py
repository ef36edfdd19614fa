"""The case: what the tables hold, frozen, in one system of units (t, year, M USD, shares of 1)."""
