"""From the Pyomo model to a proven plan: hand-over, HiGHS, prices, labels, and what to say when there is no plan."""
