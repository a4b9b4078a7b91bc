"""Connections to other hosts: the llm endpoint and its key. Nothing else opens one."""
