"""The only room that speaks to a network, and only when the llm agent was chosen."""
