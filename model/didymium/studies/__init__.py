"""Studies: many solves of one case, changed a little from one to the next, and what they tell together."""
