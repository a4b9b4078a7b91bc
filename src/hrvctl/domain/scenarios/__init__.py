"""Counterfactual scenarios of one evening: branches, their comparison, a planned bedtime."""
