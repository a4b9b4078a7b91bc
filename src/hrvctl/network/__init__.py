"""Connections to other hosts: HTTP policy, LLM client and its API keys. Nothing else opens one."""
