"""WHOOP: the CSV files of the app's data export."""
