"""Garmin: Connect's reports, the account export, API dumps and GarminDB."""
