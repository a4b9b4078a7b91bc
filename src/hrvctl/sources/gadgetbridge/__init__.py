"""Gadgetbridge's database: what it read from watches, bands and rings of many makers."""
