"""From the Pyomo model to a proven plan: hand-over, HiGHS, prices, labels, and the reasons when there is no plan."""
