"""Every term of the mathematics once, as sparse sums over decisions, without Pyomo and without a solver.

The rules turn them into constraints, the tables and accounts of a plan evaluate them on its values. Only `recheck/` and
the tests define a term a second time, on purpose.
"""
