"""Run one function over many tasks: one after another, in processes, or in a Dask cluster.

A task is a small picklable value, the function lives at the top of a module and does its work on
files, so that it may run twice: what an engine ships is names, never data.
"""
