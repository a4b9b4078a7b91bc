"""Oura: the account's export, answers of its API, Trends, and tables made of them."""
