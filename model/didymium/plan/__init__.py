"""The plan: a solution as plain tables that people and the re-check read."""
