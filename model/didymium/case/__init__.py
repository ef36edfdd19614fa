"""The case: what the tables say, frozen, in one system of units (t, year, M USD, shares of 1)."""
