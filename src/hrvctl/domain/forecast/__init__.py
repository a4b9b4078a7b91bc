"""Forecasting models behind one interface, and what they need: features, priors, intervals."""
