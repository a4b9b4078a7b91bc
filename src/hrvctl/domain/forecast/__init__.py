"""The forecasters, each behind the one small interface of ``protocol``."""
