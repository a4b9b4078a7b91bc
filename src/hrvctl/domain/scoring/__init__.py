"""Forecast verification: error measures, skill against naive forecasts, the scoreboard."""
