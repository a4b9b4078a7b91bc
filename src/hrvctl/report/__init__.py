"""A report of one person and period: words, tables and charts, as one web page or a PDF."""
