"""Recognise and read exports: a registry of vendors over one shared kit."""
